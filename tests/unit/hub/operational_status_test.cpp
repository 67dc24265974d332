// What a client of Okta's agentPools reads of an agent and of its pool.
#include "hub/operational_status.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dirbridge::hub {
namespace {

using enum OperationalStatus;

TEST(OperationalStatus, AnAgentIsDegradedWhileItsDirectoryIsOutOfReach) {
  EXPECT_EQ(status_of_agent(true, "connected"), operational);
  EXPECT_EQ(status_of_agent(true, "connecting"), operational);
  EXPECT_EQ(status_of_agent(true, ""), operational);
  EXPECT_EQ(status_of_agent(true, "unhealthy"), degraded);
  EXPECT_EQ(status_of_agent(false, "connected"), disrupted);
}

TEST(OperationalStatus, APoolIsAsItsAgentsAreTogether) {
  const auto pool = [](std::vector<OperationalStatus> agents) { return status_of_pool(agents); };
  EXPECT_EQ(pool({}), inactive);
  EXPECT_EQ(pool({operational}), operational);
  EXPECT_EQ(pool({operational, operational}), operational);
  EXPECT_EQ(pool({operational, disrupted}), degraded);
  EXPECT_EQ(pool({degraded}), degraded);
  EXPECT_EQ(pool({degraded, disrupted}), degraded);
  EXPECT_EQ(pool({disrupted, disrupted}), disrupted);
}

TEST(OperationalStatus, IsSaidInOktasWords) {
  EXPECT_EQ(to_text(operational), "OPERATIONAL");
  EXPECT_EQ(to_text(degraded), "DEGRADED");
  EXPECT_EQ(to_text(disrupted), "DISRUPTED");
  EXPECT_EQ(to_text(inactive), "INACTIVE");
}

}  // namespace
}  // namespace dirbridge::hub
