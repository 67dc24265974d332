// The program behind main().
#pragma once
#include <string>
#include <vector>

#include "app/invocation.hpp"

namespace dirbridge::app {

std::string version_text();
// Runs one command line (without the program's name) and returns the exit code.
int run_program(const std::vector<std::string>& arguments);

int run_demo(const Invocation& invocation);

}  // namespace dirbridge::app
