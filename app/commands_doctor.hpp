// dirbridge doctor: what is wrong with an agent's directory, before an agent finds out.
#pragma once
#include "app/console.hpp"
#include "app/invocation.hpp"

namespace dirbridge::app {

// Reads the configuration of an agent, examines its directory, prints the findings. Exit codes: exit_done (nothing to
// do), exit_warned (warnings only), exit_refused (a problem), exit_usage (the configuration is wrong).
int run_doctor(const Invocation& invocation, const Console& console);

}  // namespace dirbridge::app
