// Situations of the group: renamed, gone, not writable, about to lose its last member, and Active Directory's own.
#include <gtest/gtest.h>

#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {
namespace {

constexpr Server samba = Server::samba;
constexpr Server ds389 = Server::ds389;
constexpr Server openldap = Server::openldap;

std::vector<Case> identity() {
  return {
      {"GroupRenamed", "group renamed since the import",
       [](Play& p) {
         auto group = p.group({1});
         const auto id = group.stable_id;
         const auto now = p.server.rename(group.dn, "cn=renamed-" + id.substr(0, 8));
         p.expect("applied", {Play::add(group, {p.person(2)})});
         group.dn = now;
         p.expect_holds(group, p.server.person(2));
       }},
      {"GroupRenamedRemove", "the same, a removal",
       [](Play& p) {
         auto group = p.group({1, 2});
         const auto now = p.server.rename(group.dn, "cn=renamedr-" + group.stable_id.substr(0, 8));
         p.expect("applied", {Play::remove(group, {p.person(2)})});
         group.dn = now;
         p.expect_holds(group, p.server.person(2), false);
       }},
      {"GroupNameReused", "group renamed, and another has its old name",
       [](Play& p) {
         auto group = p.group({1});
         const auto old = group.dn;
         const auto cn = old.substr(3, old.find(',') - 3);
         const auto now = p.server.rename(old, "cn=kept-" + group.stable_id.substr(0, 8));
         // AD: sAMAccountName stays with the renamed group.
         if (p.on(samba))
           p.server.rename(p.server.make_group(cn + "x", {p.server.person(3)}), "cn=" + cn);
         else
           p.server.make_group(cn, {p.server.person(3)});
         p.expect("applied", {Play::add(group, {p.person(2)})});
         p.expect_holds(Play::by_name(old), p.server.person(2), false);
         p.expect_holds(Play::by_name(now), p.server.person(2));
       }},
      {"GroupDeleted", "group deleted since the import",
       [](Play& p) {
         const auto group = p.group({1});
         p.server.remove_entry(group.dn);
         p.expect("refused", {Play::add(group, {p.person(2)})});
         EXPECT_NE(p.outcome().of(0).advice.find("group is gone"), std::string::npos) << p.outcome().of(0).advice;
       }},
      {"GroupNeverWas", "no such group, id unknown",
       [](Play& p) {
         const auto group = Play::by_name("cn=nope,ou=nope," + p.server.groups_base());
         p.expect("refused", {Play::remove(group, {p.person(2)})});
       }},
      {"GroupElsewhere", "group outside any naming context, id unknown",
       [](Play& p) { p.expect("refused", {Play::remove(Play::by_name("cn=nope,dc=other,dc=net"), {p.person(2)})}); }},
      {"GroupMalformed", "group name cannot be parsed",
       [](Play& p) { p.expect("refused", {Play::remove(Play::by_name("nope"), {p.person(2)})}); }},
  };
}

std::vector<Case> refusals() {
  return {
      {"NoRight", "account without write access",
       [](Play& p) {
         p.use(Stage::Account::reader);
         const auto group = p.group({1});
         p.expect("refused", {Play::add(group, {p.person(2)})});
         EXPECT_NE(p.outcome().of(0).advice.find("may not write member"), std::string::npos);
       }},
      {"NoRightAlready", "account without write access, the member is there",
       [](Play& p) {
         p.use(Stage::Account::reader);
         p.expect("already", {Play::add(p.group({1}), {p.person(1)})});
       }},
      {"NoRightRemove", "account without write access, a member is removed",
       [](Play& p) {
         p.use(Stage::Account::reader);
         const auto group = p.group({1, 2});
         p.expect("refused", {Play::remove(group, {p.person(1)})});
         const auto& advice = p.outcome().of(0).advice;
         EXPECT_NE(advice.find("may not write member"), std::string::npos) << advice;
       }},
      {"NoSuchAttribute", "attribute the schema does not know",
       [](Play& p) {
         auto change = Play::add(p.group({1}), {p.person(2)});
         change.attribute = "nosuchattr";
         p.expect("refused", {change});
       }},
      {"WrongAttribute", "uniqueMember on a group of member",
       [](Play& p) {
         auto change = Play::add(p.group({1}), {p.person(2)});
         change.attribute = "uniqueMember";
         p.expect("refused", {change});
       }},
      {"Unique",
       "uniqueMember: add one new and one present, remove it",
       [](Play& p) {
         const auto group = p.group({1}, true);
         auto add = Play::add(group, {p.person(2), p.person(1)});
         auto remove = Play::remove(group, {p.person(2)});
         add.attribute = remove.attribute = "uniqueMember";
         p.expect("applied, already; applied", {add, remove});
         p.expect_holds(group, p.server.person(2), false, "uniqueMember");
       },
       {openldap, ds389}},
      {"GroupInGroup", "add a group to a group",
       [](Play& p) {
         const auto inner = p.group({1});
         const auto outer = p.group({2});
         p.expect("applied", {Play::add(outer, {inner})});
         p.expect_holds(outer, inner.dn);
       }},
      {"GroupInItself", "add a group to itself",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("applied", {Play::add(group, {group})});
       }},
  };
}

// A group of person 200 alone.
Play::Value last_of(Play& p) { return p.on(samba) ? p.group({200}) : p.group({}); }

std::vector<Case> last_members() {
  const auto placeholder = "cn=dirbridge-placeholder";
  return {
      {"LastRefuse", "remove the last member, policy `refuse`",
       [](Play& p) {
         const auto group = last_of(p);
         p.expect("applied", {Play::remove(group, {p.person(200)})}, {{openldap, "refused"}});
         p.expect_holds(group, p.server.person(200), p.on(openldap));
       }},
      {"LastPlaceholder", "remove the last member, policy `placeholder`",
       [placeholder](Play& p) {
         p.settings.plan.last_member = agent::LastMember::parse("placeholder").value();
         const auto group = last_of(p);
         p.expect("applied", {Play::remove(group, {p.person(200)})});
         p.expect_holds(group, p.server.person(200), false);
         p.expect_holds(group, placeholder, p.on(openldap));
       }},
      {"PlaceholderLeaves",
       "add a member where a placeholder stands",
       [placeholder](Play& p) {
         p.settings.plan.last_member = agent::LastMember::parse("placeholder").value();
         const auto group = p.group({});
         {
           Play other{p.server};
           other.expect("applied", {Play::add(group, {Play::by_name(placeholder)})});
           other.expect("applied; applied", {Play::remove(group, {p.person(200)})});
         }
         p.expect("applied", {Play::add(group, {p.person(3)})});
         p.expect_holds(group, placeholder, false);
         p.expect_holds(group, p.server.person(3));
       },
       {openldap, ds389}},
      {"LastEntry", "remove the last member, policy: an entry's DN",
       [](Play& p) {
         p.settings.plan.last_member = agent::LastMember::parse(p.server.person(150)).value();
         const auto group = last_of(p);
         p.expect("applied", {Play::remove(group, {p.person(200)})});
         p.expect_holds(group, p.server.person(150), p.on(openldap));
       }},
  };
}

// A group that the agent may write, as this user's primary group: the membership is then no value of it.
Play::Value primary_group_of(Play& p, const Play::Value& user) {
  const auto group = p.group({});
  Play other{p.server};
  other.expect("applied", {Play::add(group, {user})});
  p.server.make_primary(group.dn, user.dn);
  p.expect_holds(group, user.dn, false);
  return group;
}

std::vector<Case> active_directory() {
  return {
      {"PrimaryAdd",
       "add a user to their primary group",
       [](Play& p) {
         const auto user = p.known(p.server.make_person("primary add"));
         const auto group = primary_group_of(p, user);
         p.expect("refused", {Play::add(group, {user})});
         EXPECT_NE(p.outcome().of(0).advice.find("primary group"), std::string::npos) << p.outcome().of(0).advice;
       },
       {samba}},
      {"PrimaryRemove",
       "remove a user from their primary group",
       [](Play& p) {
         const auto user = p.known(p.server.make_person("primary remove"));
         const auto group = primary_group_of(p, user);
         p.expect("refused", {Play::remove(group, {user})});
         EXPECT_NE(p.outcome().of(0).advice.find("primary group"), std::string::npos) << p.outcome().of(0).advice;
       },
       {samba}},
      {"Inherited",
       "remove a member of a nested group, and a direct member with them",
       [](Play& p) {
         const auto inner = p.group({1});
         const auto outer = p.group({2});
         {
           Play other{p.server};
           other.expect("applied", {Play::add(outer, {inner})});
         }
         p.expect("refused, not_sent", {Play::remove(outer, {p.person(1), p.person(2)})});
         EXPECT_NE(p.outcome().of(0).advice.find("another group"), std::string::npos) << p.outcome().of(0).advice;
         p.expect_holds(outer, p.server.person(2));
       },
       {samba}},
      {"InheritedByPrimary",
       "remove a member whom a nested primary group brings in",
       [](Play& p) {
         const auto user = p.known(p.server.make_person("primary inherits"));
         const auto inner = primary_group_of(p, user);
         const auto outer = p.group({2});
         {
           Play other{p.server};
           other.expect("applied", {Play::add(outer, {inner})});
         }
         p.expect("refused", {Play::remove(outer, {user})});
         EXPECT_NE(p.outcome().of(0).advice.find("another group"), std::string::npos) << p.outcome().of(0).advice;
       },
       {samba}},
      {"DirectOfNested",
       "remove a direct member who is nested too",
       [](Play& p) {
         const auto inner = p.group({1});
         const auto outer = p.group({1});
         {
           Play other{p.server};
           other.expect("applied", {Play::add(outer, {inner})});
         }
         p.expect("applied", {Play::remove(outer, {p.person(1)})});
         p.expect_holds(outer, p.server.person(1), false);
       },
       {samba}},
  };
}

}  // namespace

std::vector<Case> group_cases() {
  std::vector<Case> cases;
  for (auto part : {identity(), refusals(), last_members(), active_directory()})
    for (auto& one : part) cases.push_back(std::move(one));
  return cases;
}

}  // namespace dirbridge::directories
