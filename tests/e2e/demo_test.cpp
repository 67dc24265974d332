// The demo as people treat it: killed without a word, or pointed at a folder that is not empty.
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "base/text.hpp"
#include "lab/process.hpp"
#include "net/tls.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::e2e {
namespace {

using namespace std::chrono_literals;

TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }

bool await(const std::function<bool()>& condition, milliseconds limit) {
  for (const auto end = in(limit); std::chrono::steady_clock::now() < end; std::this_thread::sleep_for(10ms))
    if (condition()) return true;
  return condition();
}

// Parents by child, of every process that is no zombie.
std::map<pid_t, pid_t> processes() {
  std::map<pid_t, pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    std::ifstream file{entry.path() / "stat"};
    std::string line;
    if (!std::getline(file, line)) continue;
    char state = 0;
    pid_t parent = 0;
    std::istringstream{line.substr(line.rfind(')') + 2)} >> state >> parent;
    if (state != 'Z') found[static_cast<pid_t>(std::stol(line))] = parent;
  }
  return found;
}

std::set<pid_t> children_of(pid_t parent) {
  std::set<pid_t> children;
  for (const auto& [pid, its_parent] : processes())
    if (its_parent == parent) children.insert(pid);
  return children;
}

// What a program that goes on has said so far holds `words`, soon.
bool says(const std::string& file, const std::string& words, milliseconds limit) {
  const auto said = [&] {
    const auto text = read_file(file);
    return text && text->find(words) != std::string::npos;
  };
  return await(said, limit);
}

// A demo after its tour, in `folder`/demo.
lab::Process start_demo(const std::string& folder) {
  lab::ProcessOptions options;
  options.argv = {DIRBRIDGE_PROGRAM, "demo", "--folder", folder + "/demo"};
  options.output_file = folder + "/said";
  auto demo = lab::Process::start(options).value();
  if (!says(options.output_file, "left running", 60s))
    throw std::runtime_error("the demo did not come up: " + read_file(options.output_file).value());
  return demo;
}

TEST(Demo, KilledWithoutAWordItLeavesNoProcessBehind) {
  const tests::TemporaryFolder folder;
  auto demo = start_demo(folder.path());
  const auto children = children_of(demo.pid());
  EXPECT_EQ(children.size(), 3u) << "slapd, hub and agent";
  demo.signal(SIGKILL);
  demo.wait(in(5s));
  const auto all_gone = [&] {
    const auto alive = processes();
    for (const pid_t child : children)
      if (alive.contains(child)) return false;
    return true;
  };
  EXPECT_TRUE(await(all_gone, 5s));
  for (const pid_t child : children)
    if (processes().contains(child)) ::kill(child, SIGKILL);  // a test that failed leaves nothing either
}

TEST(Demo, AnAgentThatCannotJoinItIsToldWhy) {
  const tests::TemporaryFolder folder;
  auto demo = start_demo(folder.path());
  const std::string config = folder.path() + "/demo/agent.toml";
  const auto second = lab::run_process({DIRBRIDGE_PROGRAM, "agent", "--config", config}, "", in(20s));
  ASSERT_TRUE(second) << second.error().message();
  EXPECT_EQ(second->status, 1);
  EXPECT_NE(second->err.find("is in use by another agent, process "), std::string::npos) << second->err;

  ASSERT_TRUE(write_file(folder.path() + "/other.pem", net::make_authority("Other").certificate));
  lab::ProcessOptions options;
  options.argv = {DIRBRIDGE_PROGRAM, "agent",
                  "--config",        config,
                  "--hub-ca-file",   folder.path() + "/other.pem",
                  "--state-dir",     folder.path() + "/other"};
  options.output_file = folder.path() + "/other.log";
  auto stranger = lab::Process::start(options).value();
  EXPECT_TRUE(says(options.output_file, "certificate is signed by an unknown authority CN=Dirbridge hub", 10s));
  EXPECT_TRUE(says(options.output_file, "agent.hub_ca_file must name the hub's authority", 10s));
  stranger.stop(in(10s));
  demo.stop(in(20s));
}

TEST(Demo, AFolderThatIsNotEmptyOrIsNoFolderIsRefusedAndLeftAlone) {
  const tests::TemporaryFolder folder;
  ASSERT_TRUE(write_file(folder.path() + "/mine", "precious"));
  for (const std::string& wanted : {folder.path(), folder.path() + "/mine", folder.path() + "/mine/below"}) {
    const auto ended = lab::run_process({DIRBRIDGE_PROGRAM, "demo", "--check", "--folder", wanted}, "", in(20s));
    ASSERT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(ended->status, 2) << wanted;
    EXPECT_NE(ended->err.find("--folder " + wanted), std::string::npos) << ended->err;
  }
  EXPECT_EQ(read_file(folder.path() + "/mine").value(), "precious");
}

}  // namespace
}  // namespace dirbridge::e2e
