// Situations of single values and of several in one request.
#include <gtest/gtest.h>

#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {
namespace {

constexpr Server samba = Server::samba;
constexpr Server ds389 = Server::ds389;
constexpr Server openldap = Server::openldap;

// "applied" n times, as verdicts of n jobs.
std::string each(const std::string& verdict, std::size_t count) {
  std::string out = verdict;
  for (std::size_t i = 1; i < count; ++i) out += "; " + verdict;
  return out;
}

std::vector<Case> presence() {
  return {
      {"AddAbsent", "add a user who is no member",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("applied", {Play::add(group, {p.person(2)})});
         p.expect_holds(group, p.server.person(2));
       }},
      {"AddPresent", "add a member", [](Play& p) { p.expect("already", {Play::add(p.group({1}), {p.person(1)})}); }},
      {"RemovePresent", "remove a member",
       [](Play& p) {
         const auto group = p.group({1, 2});
         p.expect("applied", {Play::remove(group, {p.person(1)})});
         p.expect_holds(group, p.server.person(1), false);
         p.expect_holds(group, p.server.person(2));
       }},
      {"RemoveAbsent", "remove a user who is no member",
       [](Play& p) { p.expect("already", {Play::remove(p.group({1}), {p.person(9)})}); }},
      {"AddMixed", "add one new user and one member",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("applied, already", {Play::add(group, {p.person(3), p.person(1)})});
         p.expect_holds(group, p.server.person(3));
       }},
      {"RemoveMixed", "remove one member and one who is none",
       [](Play& p) {
         const auto group = p.group({1, 2});
         p.expect("applied, already", {Play::remove(group, {p.person(1), p.person(9)})});
         p.expect_holds(group, p.server.person(1), false);
       }},
      {"AddTwice", "the same user twice in one add",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("applied", {Play::add(group, {p.person(4), p.person(4)})});
         p.expect_holds(group, p.server.person(4));
       }},
      {"RemoveTwice", "the same user twice in one removal",
       [](Play& p) {
         const auto group = p.group({1, 4});
         p.expect("applied", {Play::remove(group, {p.person(4), p.person(4)})});
         p.expect_holds(group, p.server.person(4), false);
       }},
      {"AddThenRemove", "add a user, then remove the same one",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("applied; applied", {Play::add(group, {p.person(5)}), Play::remove(group, {p.person(5)})});
         p.expect_holds(group, p.server.person(5), false);
       }},
      {"ManyValues", "add 150 users in one request",
       [](Play& p) {
         const auto group = p.group({1});
         std::vector<Play::Value> values;
         for (int i = 1; i <= 150; ++i) values.push_back(Play::by_name(p.server.person(i)));
         p.deliver({Play::add(group, values)});
         ASSERT_TRUE(p.finish());
         EXPECT_TRUE(p.outcome().is_success());
         EXPECT_EQ(p.outcome().of(0).verdict, proto::Verdict::already);
         EXPECT_EQ(p.outcome().of(149).verdict, proto::Verdict::applied);
         p.expect_holds(group, p.server.person(150));
         // 389 DS: in chunks of 100.
         EXPECT_EQ(p.codes(), p.on(ds389) ? "20 › 0 › 0" : p.on(samba) ? "68 › 0" : "20 › 0");
       }},
      {"MergedNeighbours", "twelve requests at once, one of a user already there",
       [](Play& p) {
         const auto group = p.group({6});
         std::vector<Play::Change> changes;
         for (int i = 1; i <= 12; ++i) changes.push_back(Play::add(group, {p.person(i)}));
         auto wanted = each("applied", 5) + "; already; " + each("applied", 6);
         p.expect(wanted, changes);
         EXPECT_LE(p.modifies(), 3u);
       }},
  };
}

// They become members, as they are named now.
void join(Play& p, const Play::Value& group, const std::vector<std::string>& names) {
  std::vector<Play::Value> values;
  for (const auto& name : names) values.push_back(p.known(name));
  Play other{p.server};
  ASSERT_EQ(other.play({Play::add(group, values)}).find("refused"), std::string::npos);
  for (const auto& name : names) p.expect_holds(group, name);
}

std::vector<Case> strangers() {
  return {
      {"AddGhost", "add a name that no entry ever had, id unknown",
       [](Play& p) {
         const auto group = p.group({1});
         const auto ghost = Play::by_name("uid=ghost," + p.server.people_base());
         p.expect("applied", {Play::add(group, {ghost})}, {{samba, "refused"}});
       }},
      {"RemoveGhost", "remove a name that no entry ever had, id unknown",
       [](Play& p) {
         p.expect("already", {Play::remove(p.group({1}), {Play::by_name("uid=ghost," + p.server.people_base())})});
       }},
      {"AddDeleted", "add a user deleted since the import",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("deleted before add"));
         p.server.remove_entry(user.dn);
         p.expect("refused", {Play::add(group, {user})});
         EXPECT_NE(p.outcome().of(0).advice.find("gone"), std::string::npos) << p.outcome().of(0).advice;
         p.expect_holds(group, user.dn, false);
       }},
      {"AddDeletedAndGood", "add a deleted user and a good one in one request",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("deleted beside another"));
         p.server.remove_entry(user.dn);
         p.expect("refused, not_sent", {Play::add(group, {user, p.person(2)})});
         p.expect_holds(group, p.server.person(2), false);
       }},
      {"RemoveDeleted", "remove a user deleted since the import",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("deleted before removal"));
         p.server.remove_entry(user.dn);
         p.expect("already", {Play::remove(group, {user})});
       }},
      {"AddRenamed", "add a user renamed since the import",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("maiden name"));
         const auto now = p.server.rename(user.dn, "cn=married name");
         p.expect("applied", {Play::add(group, {user})});
         p.expect_holds(group, now);
         p.expect_holds(group, user.dn, false);
       }},
      {"AddMoved", "add a user moved since the import",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("mover"));
         const auto now = p.server.rename(user.dn, "cn=mover", p.server.groups_base());
         p.expect("applied", {Play::add(group, {user})});
         p.expect_holds(group, now);
       }},
      {"RemoveRenamed", "remove a member renamed since the import, under the new name in the group",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("first name"));
         const auto now = p.server.rename(user.dn, "cn=second name");
         {
           Play other{p.server};
           other.expect("applied", {Play::add(group, {other.known(now)})});
         }
         p.expect("applied", {Play::remove(group, {user})});
         p.expect_holds(group, now, false);
       }},
      {"NameReused", "add a renamed user whose old name another user has now",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("popular name"));
         const auto now = p.server.rename(user.dn, "cn=own name");
         p.server.make_person("popular name");
         p.expect("applied", {Play::add(group, {user})});
         p.expect_holds(group, now);
         p.expect_holds(group, user.dn, false);
       }},
      {"RemoveNameReused", "remove a renamed member whose old name another member has now",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("wanted name"));
         const auto now = p.server.rename(user.dn, "cn=left name");
         join(p, group, {now, p.server.make_person("wanted name")});
         p.expect("applied", {Play::remove(group, {user})});
         p.expect_holds(group, now, false);
         p.expect_holds(group, user.dn);
       }},
      {"RemoveDeletedReused", "remove a deleted user whose name another member has now",
       [](Play& p) {
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("free name"));
         p.server.remove_entry(user.dn);
         join(p, group, {p.server.make_person("free name")});
         p.expect("already", {Play::remove(group, {user})});
         EXPECT_EQ(p.outcome().of(0).evidence, proto::Evidence::read_back);
         p.expect_holds(group, user.dn);
       }},
      {"RemoveMovedOut", "remove a member moved out of the bases since the import",
       [](Play& p) {
         p.settings.user_bases = {p.server.people_base()};
         p.settings.group_bases = {p.server.groups_base()};
         const auto group = p.group({1});
         const auto user = p.known(p.server.make_person("emigrant"));
         const auto now = p.server.rename(user.dn, "cn=emigrant", p.server.suffix());
         join(p, group, {now});
         p.expect("applied", {Play::remove(group, {user})});
         p.expect_holds(group, now, false);
       }},
      {"MalformedName", "add a name that cannot be parsed and a good one",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("refused, not_sent", {Play::add(group, {Play::by_name("not a dn"), p.person(2)})});
         p.expect_holds(group, p.server.person(2), false);
       }},
      {"UnknownType", "add a name with an attribute type nobody knows",
       [](Play& p) {
         p.expect("refused", {Play::add(p.group({1}), {Play::by_name("zork=1," + p.server.people_base())})},
                  {{ds389, "applied"}});
       }},
      {"BadNeighbour", "twelve requests at once, one with a value the server refuses",
       [](Play& p) {
         const auto group = p.group({});
         std::vector<Play::Change> changes;
         for (int i = 1; i <= 12; ++i) changes.push_back(Play::add(group, {p.person(i)}));
         changes[6].values = {
             Play::by_name(p.on(ds389) ? "zork=," + p.server.people_base() : "zork=1," + p.server.people_base())};
         p.expect(each("applied", 6) + "; refused; " + each("applied", 5), changes);
         for (int i = 1; i <= 12; ++i) p.expect_holds(group, p.server.person(i), i != 7);
       }},
      {"BadAndGood",
       "add a value the server refuses and a good one in one request",
       [](Play& p) {
         const auto group = p.group({1});
         const auto bad = Play::by_name("zork=1," + p.server.people_base());
         p.expect("refused", {Play::add(group, {bad, p.person(2)})});
         p.expect_holds(group, p.server.person(2), false);
       },
       {openldap, samba}},
  };
}

}  // namespace

std::vector<Case> value_cases() {
  auto cases = presence();
  for (auto& one : strangers()) cases.push_back(std::move(one));
  return cases;
}

}  // namespace dirbridge::directories
