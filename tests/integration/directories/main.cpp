// The servers outlive single tests and must not outlive the process.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "integration/directories/server_under_test.hpp"

namespace dirbridge::directories {
namespace {

constexpr auto second_run = "DIRBRIDGE_SECOND_RUN";

// 389 DS was seen to end by itself, with a segmentation fault in its own operation_done() (2.3.1). That says nothing of
// ours, and every test after it would fail for want of a server.
class CrashWatch : public ::testing::EmptyTestEventListener {
 public:
  void OnTestEnd(const ::testing::TestInfo& test) override {
    for (const auto server : ServerUnderTest::crashed()) {
      std::printf("%s has crashed during %s.%s and is started again\n", name_of(server).c_str(), test.test_suite_name(),
                  test.name());
      has_seen_one = true;
      ServerUnderTest::of(server)->restart();
    }
  }
  bool has_seen_one = false;
};

}  // namespace
}  // namespace dirbridge::directories

int main(int argc, char** argv) {
  using namespace dirbridge::directories;
  std::vector<std::string> kept{argv, argv + argc};  // GoogleTest takes its own out of argv
  ::testing::InitGoogleTest(&argc, argv);
  auto* watch = new CrashWatch;  // GoogleTest's from here on
  ::testing::UnitTest::GetInstance()->listeners().Append(watch);
  const int status = RUN_ALL_TESTS();
  const bool is_again = std::getenv(second_run) != nullptr;
  const bool has_crashed = watch->has_seen_one;
  ServerUnderTest::stop_all();
  if (status == 0 || !has_crashed || is_again) return status;
  std::printf("A server crashed: all is run once more, and that counts.\n");
  std::fflush(stdout);
  ::setenv(second_run, "1", 1);
  std::vector<char*> again;
  for (auto& one : kept) again.push_back(one.data());
  again.push_back(nullptr);
  ::execv("/proc/self/exe", again.data());
  return status;
}
