// The servers outlive single tests and must not outlive the process.
#include <gtest/gtest.h>

#include "integration/directories/server_under_test.hpp"

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const int status = RUN_ALL_TESTS();
  dirbridge::directories::ServerUnderTest::stop_all();
  return status;
}
