// What a running process has used, as Linux counts it in /proc.
#pragma once
#include <sys/types.h>

#include "bench/report.hpp"

namespace dirbridge::bench {

// User and system time of all its threads since it started; zero if there is no such process.
Duration cpu_time(pid_t process);
// Of this process, to the microsecond.
Duration own_cpu_time();
// Zeros if there is no such process.
Memory memory_of(pid_t process, std::string name);

}  // namespace dirbridge::bench
