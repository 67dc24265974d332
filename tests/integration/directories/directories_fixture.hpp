// What the tests of this folder share: one server of three, its name in the test's name.
#pragma once
#include <gtest/gtest.h>

#include "integration/directories/server_under_test.hpp"

namespace dirbridge::directories {

class OnEachServer : public ::testing::TestWithParam<Server> {
 protected:
  void SetUp() override {
    server_ = ServerUnderTest::of(GetParam());
    if (server_ != nullptr) return;
    const auto& why = ServerUnderTest::why_missing(GetParam());
    // What is not installed is skipped; what does not start is a failure.
    if (why.code == errc::not_found) GTEST_SKIP() << why.message();
    FAIL() << why.message();
  }
  ServerUnderTest& server() { return *server_; }

 private:
  ServerUnderTest* server_ = nullptr;
};

inline std::string test_name(const ::testing::TestParamInfo<Server>& info) { return name_of(info.param); }

}  // namespace dirbridge::directories

#define DIRBRIDGE_ON_EACH_SERVER(suite) INSTANTIATE_TEST_SUITE_P(On, suite, ::testing::ValuesIn(all_servers), test_name)
