// The guided tour: each step asks the hub for something and checks the directory itself, with an ldapsearch of its own.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "app/demo_stage.hpp"

namespace dirbridge::app {

// What one step did and found. It passed if `problems` is empty.
struct StepReport {
  std::string title;
  int status = 0;      // HTTP
  std::string before;  // what LDAP held
  std::string after;
  std::int64_t ms = 0;  // of the call
  std::string note;     // what else was checked
  std::string job;
  std::vector<std::string> problems;
};

// Runs every step in order, telling `shown` of each when it has ended, and returns them all. Throws Interrupted.
std::vector<StepReport> run_tour(Stage& stage, const std::function<void(const StepReport&)>& shown);

}  // namespace dirbridge::app
