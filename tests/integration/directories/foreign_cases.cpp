// Foreign security principals: entries that stand for accounts of other domains, as members of Active Directory's
// groups.
#include <gtest/gtest.h>

#include "integration/directories/conformance_cases.hpp"

namespace dirbridge::directories {
namespace {

// A group of these people and of this principal.
Play::Value group_with(Play& p, const Play::Value& foreign, const std::vector<int>& people) {
  const auto group = p.group(people);
  Play other{p.server};
  other.expect("applied", {Play::add(group, {foreign})});
  return group;
}

void expect_advice(Play& p, const std::string& words) {
  const auto& advice = p.outcome().of(0).advice;
  EXPECT_NE(advice.find(words), std::string::npos) << advice;
}

}  // namespace

std::vector<Case> foreign_cases() {
  std::vector<Case> cases{
      {"ForeignAdd", "add a foreign security principal",
       [](Play& p) {
         const auto group = p.group({1});
         const auto foreign = p.known(p.server.make_foreign());
         p.expect("applied", {Play::add(group, {foreign})});
         p.expect_holds(group, foreign.dn);
       }},
      {"ForeignAddWellKnown", "add a well-known identity by its entry",
       [](Play& p) {
         const auto group = p.group({1});
         const auto foreign = p.known(p.server.make_foreign("S-1-5-11"));
         p.expect("applied", {Play::add(group, {foreign})});
         p.expect_holds(group, foreign.dn);
       }},
      {"ForeignAddMember", "add a foreign security principal who is a member, and a user",
       [](Play& p) {
         const auto foreign = p.known(p.server.make_foreign());
         const auto group = group_with(p, foreign, {1});
         p.expect("already, applied", {Play::add(group, {foreign, p.person(2)})});
       }},
      {"ForeignRemove", "remove a foreign security principal",
       [](Play& p) {
         const auto foreign = p.known(p.server.make_foreign());
         const auto group = group_with(p, foreign, {1});
         p.expect("applied", {Play::remove(group, {foreign})});
         p.expect_holds(group, foreign.dn, false);
         p.expect_holds(group, p.server.person(1));
       }},
      {"ForeignRemoveAbsent", "remove a foreign security principal who is no member",
       [](Play& p) { p.expect("already", {Play::remove(p.group({1}), {p.known(p.server.make_foreign())})}); }},
      {"ForeignBeside", "add and remove users beside a foreign member",
       [](Play& p) {
         const auto foreign = p.known(p.server.make_foreign());
         const auto group = group_with(p, foreign, {1});
         p.expect("applied; applied", {Play::add(group, {p.person(2)}), Play::remove(group, {p.person(1)})});
         p.expect_holds(group, foreign.dn);
         p.expect_holds(group, p.server.person(2));
         p.expect_holds(group, p.server.person(1), false);
       }},
      {"ForeignInherited", "remove a foreign member of a nested group",
       [](Play& p) {
         const auto foreign = p.known(p.server.make_foreign());
         const auto inner = group_with(p, foreign, {1});
         const auto outer = p.group({2});
         {
           Play other{p.server};
           other.expect("applied", {Play::add(outer, {inner})});
         }
         p.expect("refused", {Play::remove(outer, {foreign})});
         expect_advice(p, "another group");
       }},
      {"ForeignGone", "add a foreign security principal deleted since the import",
       [](Play& p) {
         const auto group = p.group({1});
         const auto foreign = p.known(p.server.make_foreign());
         p.server.remove_entry(foreign.dn);
         p.expect("refused", {Play::add(group, {foreign})});
         expect_advice(p, "Import again");
       }},
      {"ForeignBySid", "add a well-known identity by its SID",
       [](Play& p) {
         const auto group = p.group({1});
         p.expect("refused", {Play::add(group, {Play::by_name("<SID=S-1-5-11>")})});
         const auto& words = p.outcome().of(0).diagnostic;
         EXPECT_NE(words.find("security identifier"), std::string::npos) << words;
       }},
  };
  for (auto& one : cases) one.servers = {Server::samba};
  return cases;
}

}  // namespace dirbridge::directories
