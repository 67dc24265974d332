#include "bench/process_use.hpp"

#include <sys/resource.h>
#include <time.h>

#include <fstream>
#include <sstream>

namespace dirbridge::bench {
namespace {

std::string proc_file(pid_t process, const char* name) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/" + name};
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

Duration to_duration(const timeval& time) {
  return std::chrono::seconds{time.tv_sec} + std::chrono::microseconds{time.tv_usec};
}

}  // namespace

Duration cpu_time(pid_t process) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return {};
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

Duration own_cpu_time() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return to_duration(use.ru_utime) + to_duration(use.ru_stime);
}

Memory memory_of(pid_t process, std::string name) {
  Memory memory{std::move(name), 0, 0};
  std::istringstream lines{proc_file(process, "status")};
  for (std::string line; std::getline(lines, line);) {
    const auto kib = [&line] { return std::stod(line.substr(line.find(':') + 1)) / 1024; };
    if (line.starts_with("VmRSS:")) memory.rss = kib();
    if (line.starts_with("VmHWM:")) memory.peak = kib();
  }
  return memory;
}

}  // namespace dirbridge::bench
