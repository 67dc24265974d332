// Situations in which the request asks for what no directory can hold, or for what the account or the schema forbids.
#include <gtest/gtest.h>

#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {
namespace {

constexpr Server samba = Server::samba;
constexpr Server ds389 = Server::ds389;
constexpr Server openldap = Server::openldap;

Play::Change within(Play::Change change, milliseconds remaining) {
  change.remaining = remaining;
  return change;
}

// Nothing of the request may come true, and nothing may be sent.
void expect_never_sent(Play& p, const Play::Value& group, const std::string& name) {
  p.expect("refused, not_sent", {Play::add(group, {Play::by_name(name), p.person(2)})});
  EXPECT_EQ(p.codes(), "–");
  p.expect_holds(group, p.server.person(2), false);
}

std::vector<Case> names_that_are_none() {
  return {
      // OpenLDAP and 389 DS would take it for a member.
      {"EmptyName", "add an empty name and a good one", [](Play& p) { expect_never_sent(p, p.group({1}), ""); }},
      {"UnescapedPlus", "add a name with a `+` that is not escaped, and a good one",
       [](Play& p) { expect_never_sent(p, p.group({1}), "uid=a+," + p.server.people_base()); }},
      {"MalformedRemove", "remove a name that cannot be parsed",
       [](Play& p) {
         p.expect("refused", {Play::remove(p.group({1}), {Play::by_name("not a dn")})});
         EXPECT_EQ(p.codes(), "–");
       }},
      // A value of its own, which has nothing to do with the user of that name.
      {"UniqueWithUid",
       "uniqueMember: add a name with an optional UID, id unknown",
       [](Play& p) {
         const auto group = p.group({1}, true);
         auto change = Play::add(group, {Play::by_name(p.server.person(2) + "#'0101'B")});
         change.attribute = "uniqueMember";
         p.expect("applied", {change});
         p.expect_holds(group, p.server.person(2), false, "uniqueMember");
       },
       {openldap, ds389}},
  };
}

std::vector<Case> forbidden() {
  return {
      {"AttributeNotOurs", "an attribute of the group that the account may not write",
       [](Play& p) {
         auto change = Play::add(p.group({1}), {p.person(2)});
         change.attribute = "description";
         p.expect("refused", {change});
         EXPECT_NE(p.outcome().of(0).advice.find("may not write description"), std::string::npos)
             << p.outcome().of(0).advice;
       }},
      {"PersonAsGroup", "a user in place of the group",
       [](Play& p) {
         const auto person = p.known(p.server.make_person("no group"));
         p.expect("refused", {Play::add(person, {p.person(2)})});
       }},
      {"Anonymous", "without a bind",
       [](Play& p) {
         auto settings = p.server.agent_settings();
         settings.bind_dn.clear();
         settings.bind_password_file.clear();
         p.connect_with(settings);
         const auto group = p.group({1});
         p.deliver({within(Play::add(group, {p.person(2)}), milliseconds{4'000})});
         ASSERT_TRUE(p.finish());
         // Nothing can be seen, which does not make the group one that is gone.
         EXPECT_EQ(p.verdicts(), p.on(samba) ? "retryable" : "not_sent");
         const auto words = p.outcome().of(0).diagnostic + p.outcome().of(0).advice;
         EXPECT_NE(words.find(p.on(samba) ? "without authentication" : "ldap.bind_dn"), std::string::npos) << words;
         p.expect_holds(group, p.server.person(2), false);
       }},
  };
}

std::vector<Case> rings_and_chunks() {
  return {
      {"Ring", "two groups, each a member of the other",
       [](Play& p) {
         const auto inner = p.group({1});
         const auto outer = p.group({2});
         p.expect("applied; applied", {Play::add(outer, {inner}), Play::add(inner, {outer})});
         p.expect_holds(outer, inner.dn);
         p.expect_holds(inner, outer.dn);
       }},
      {"SecondChunkRefused",
       "add 30 users in chunks of 10, one of the second chunk refused",
       [](Play& p) {
         p.settings.plan.limits.max_values = 10;
         const auto group = p.group({});
         std::vector<Play::Value> values;
         for (int i = 1; i <= 30; ++i) values.push_back(p.person(i));
         values[14] = Play::by_name("zork=1," + p.server.people_base());
         p.deliver({Play::add(group, values)});
         ASSERT_TRUE(p.finish());
         // The answer says of each value whether it is in; the directory must hold just that.
         for (int i = 1; i <= 30; ++i) {
           const auto verdict = p.outcome().of(static_cast<std::size_t>(i - 1)).verdict;
           const bool in = i <= 10 || i > 20;
           EXPECT_EQ(to_text(verdict), to_text(in ? proto::Verdict::applied : proto::Verdict::refused))
               << "value " << i;
           if (i != 15) p.expect_holds(group, p.server.person(i), verdict == proto::Verdict::applied);
         }
       },
       {openldap, samba}},
  };
}

}  // namespace

std::vector<Case> schema_cases() {
  std::vector<Case> cases;
  for (auto part : {names_that_are_none(), forbidden(), rings_and_chunks()})
    for (auto& one : part) cases.push_back(std::move(one));
  return cases;
}

}  // namespace dirbridge::directories
