#include "hub/contract.hpp"

#include <gtest/gtest.h>

namespace dirbridge::hub {
namespace {

TEST(Contract, TheProductProfileExchangesStatusAndCodeOfTheAgentsErrorsAndKeepsTheCauses) {
  ContractSettings product;
  product.error_profile = "product";
  const auto none = in_profile(proto::no_connected_agents(), product);
  EXPECT_EQ(none.status, 504);
  EXPECT_EQ(none.code, "E0000241");
  const auto late = in_profile(proto::agent_timed_out({"job ADS1"}), product);
  EXPECT_EQ(late.status, 502);
  EXPECT_EQ(late.code, "E0000240");
  EXPECT_EQ(late.causes, std::vector<std::string>{"job ADS1"});
  EXPECT_EQ(in_profile(proto::invalid_token(), product).code, "E0000011");
  EXPECT_EQ(in_profile(proto::no_connected_agents(), {}).code, "E0000236");
}

TEST(Contract, AWordThatNoSwitchTakesIsNamedWithItsKey) {
  Problems problems;
  check_contract({}, problems);
  EXPECT_TRUE(problems.empty());
  check_contract({"swagger", "none", "hide"}, problems);
  EXPECT_EQ(problems.size(), 3u);
}

}  // namespace
}  // namespace dirbridge::hub
