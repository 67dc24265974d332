// The lab's three servers themselves: seeded, started once, stopped by pid, found again after a kill.
#include <cstdio>

#include "integration/directories/directories_fixture.hpp"

namespace dirbridge::directories {
namespace {

class LabServer : public OnEachServer {};
DIRBRIDGE_ON_EACH_SERVER(LabServer);

TEST_P(LabServer, HoldsHundredsOfPeopleAndGroups) {
  std::printf("set-up of %s: %.1f s\n", name_of(GetParam()).c_str(),
              std::chrono::duration<double>(server().setup()).count());
  EXPECT_LT(server().setup(), std::chrono::seconds{120});
  const auto people = server().admin().search(server().people_base(), "one", "(objectClass=person)", {"1.1"});
  ASSERT_TRUE(people) << people.error().message();
  EXPECT_GE(people->size(), ServerUnderTest::people);
  const auto groups = server().admin().search(server().groups_base(), "one", "(member=*)", {"1.1"});
  ASSERT_TRUE(groups) << groups.error().message();
  EXPECT_GE(groups->size(), ServerUnderTest::groups);
  EXPECT_TRUE(server().holds(server().organisation().groups[0].dn, "member", server().person(1)));
}

TEST_P(LabServer, KeepsItsDataOverAKillAndARestart) {
  const auto group = server().make_group("kept", {server().person(7)});
  server().kill();
  server().restart();
  EXPECT_TRUE(server().holds(group, "member", server().person(7)));
  EXPECT_FALSE(server().holds(group, "member", server().person(8)));
}

TEST_P(LabServer, EveryEntryHasAnIdThatSurvivesARename) {
  const auto group = server().make_group("before", {server().person(1)});
  const auto id = server().stable_id(group);
  ASSERT_FALSE(id.empty());
  EXPECT_EQ(server().stable_id(server().rename(group, "cn=after")), id);
}

}  // namespace
}  // namespace dirbridge::directories
