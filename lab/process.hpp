// Child processes of demo, tests and bench: known by pid, bounded in time, and never left behind.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::lab {

struct ProcessOptions {
  std::vector<std::string> argv;         // argv[0] is looked up in PATH, then in /usr/sbin
  std::vector<std::string> environment;  // "NAME=value", added to ours
  std::string output_file;               // standard output and error are appended to it; empty: inherited
  int keep_fd = -1;                      // a descriptor of ours that it has under the same number; it has no other
  bool die_with_owner = true;            // SIGKILL when the thread that started it ends, even by kill -9
};

// One running child. Movable; the destructor kills (SIGKILL) and reaps it unless release() was called.
class Process {
 public:
  Process() = default;
  // The error names the program that cannot be started.
  static result<Process> start(const ProcessOptions& options);
  Process(Process&& other) noexcept;
  Process& operator=(Process&& other) noexcept;
  ~Process();

  pid_t pid() const { return pid_; }  // 0: none
  bool is_running();
  // True if the signal was delivered to a child that still runs.
  bool signal(int number);
  // Exit status as a shell gives it (128 + signal if killed); nullopt at `deadline`. Blocks the thread.
  std::optional<int> wait(TimePoint deadline);
  void freeze();  // SIGSTOP; returns when the process has stopped
  void thaw();    // SIGCONT
  void kill();    // SIGKILL, reaped when this returns
  // SIGTERM, then SIGKILL at `deadline`; the status as for wait(). Thaw a frozen process first.
  int stop(TimePoint deadline);
  // The child outlives this object.
  void release() { pid_ = 0; }

 private:
  pid_t pid_ = 0;
  std::optional<int> status_;
};

struct ProcessOutput {
  int status = 0;  // as for Process::wait
  std::string out;
  std::string err;
};
// Runs a program to its end with `input` on its standard input. errc::timed_out (and it is killed) at `deadline`.
result<ProcessOutput> run_process(const std::vector<std::string>& argv, std::string_view input, TimePoint deadline,
                                  const std::vector<std::string>& environment = {});

// The program's path: in PATH or an sbin folder; errc::not_found.
result<std::string> find_program(const std::string& name);

}  // namespace dirbridge::lab
