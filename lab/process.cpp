#include "lab/process.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "base/text.hpp"

namespace dirbridge::lab {
namespace {

// Pipes and files that end with their scope.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
  static Pipe make() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
    return {Descriptor{ends[0]}, Descriptor{ends[1]}};
  }
  // For standard input: send() to a program that has ended raises no SIGPIPE if asked so, write() to a pipe does.
  static Pipe make_socket() {
    std::array<int, 2> ends{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
    return {Descriptor{ends[0]}, Descriptor{ends[1]}};
  }
};

struct Streams {
  int in = -1;  // -1: /dev/null for in, inherited for out and err
  int out = -1;
  int err = -1;
  int keep = -1;  // under the same number
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// A socket of ours that lived on in a child would keep a connection open that we have closed: its other end would wait
// for ever. Libraries (Asio's sockets) do not mark theirs.
void close_at_exec() {
  if (::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  rlimit limit{};
  const int most = ::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65'536 ? int(limit.rlim_cur) : 65'536;
  for (int fd = 3; fd < most; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
}

// In the child, between fork and exec: system calls only.
[[noreturn]] void become(const char* path, char* const* argv, char* const* environment, Streams streams, bool die,
                         pid_t parent, int report) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  if (die) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // SIGKILL: a stopped process would not act on anything else
    if (::getppid() != parent) ::_exit(127);
  }
  if (streams.in < 0) streams.in = ::open("/dev/null", O_RDONLY);
  ::dup2(streams.in, 0);
  if (streams.out >= 0) ::dup2(streams.out, 1);
  if (streams.err >= 0) ::dup2(streams.err, 2);
  close_at_exec();
  if (streams.keep >= 0) ::fcntl(streams.keep, F_SETFD, 0);
  ::execve(path, argv, environment);
  const int why = errno;
  [[maybe_unused]] const auto written = ::write(report, &why, sizeof why);
  ::_exit(127);
}

result<pid_t> spawn(const ProcessOptions& options, Streams streams) {
  auto path = find_program(options.argv.at(0));
  if (!path) return path.error();
  auto argv = options.argv;
  std::vector<std::string> environment = options.environment;
  for (char** entry = ::environ; *entry != nullptr; ++entry) environment.emplace_back(*entry);
  const auto argv_pointers = pointers(argv);
  const auto environment_pointers = pointers(environment);
  auto report = Pipe::make();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return Error{errc::unavailable, "fork: " + std::string{std::strerror(errno)}};
  if (pid == 0)
    become(path->c_str(), argv_pointers.data(), environment_pointers.data(), streams, options.die_with_owner, parent,
           report.write.get());
  report.write.close();
  int why = 0;
  ssize_t count = 0;
  while ((count = ::read(report.read.get(), &why, sizeof why)) < 0 && errno == EINTR) {
  }
  if (count == sizeof why) {
    ::waitpid(pid, nullptr, 0);
    return Error{errc::unavailable, *path + ": " + std::strerror(why)};
  }
  return pid;
}

int to_status(int raw) { return WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw); }

}  // namespace

result<std::string> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return name;
  const char* path = std::getenv("PATH");
  // Debian keeps /usr/sbin out of a user's PATH; Fedora and SUSE keep slapd's modules elsewhere, its binary here too.
  const std::string folders = std::string{path == nullptr ? "" : path} + ":/usr/bin:/usr/sbin:/usr/local/sbin";
  for (const auto folder : split(folders, ':')) {
    const std::string candidate = std::string{folder} + "/" + name;
    if (!folder.empty() && ::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Error{errc::not_found, "the program " + name + " is not installed"};
}

result<Process> Process::start(const ProcessOptions& options) {
  Descriptor log;
  if (!options.output_file.empty()) {
    log = Descriptor{::open(options.output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (log.get() < 0) return Error{errc::unavailable, options.output_file + ": " + std::strerror(errno)};
  }
  auto pid = spawn(options, {-1, log.get(), log.get(), options.keep_fd});
  if (!pid) return pid.error();
  Process process;
  process.pid_ = *pid;
  return process;
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, 0)), status_(other.status_) {}

Process& Process::operator=(Process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(status_, other.status_);
  return *this;
}

Process::~Process() {
  if (!is_running()) return;
  ::kill(pid_, SIGKILL);
  wait(TimePoint::max());
}

bool Process::is_running() {
  if (pid_ == 0 || status_) return false;
  int raw = 0;
  if (::waitpid(pid_, &raw, WNOHANG) != pid_) return true;
  status_ = to_status(raw);
  return false;
}

bool Process::signal(int number) { return is_running() && ::kill(pid_, number) == 0; }

std::optional<int> Process::wait(TimePoint deadline) {
  while (is_running()) {
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(1ms);
  }
  return status_;
}

void Process::freeze() {
  if (!signal(SIGSTOP)) return;
  siginfo_t info{};
  // WNOWAIT: if it ended instead, is_running() must still find it.
  ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WEXITED | WNOWAIT);
}

void Process::thaw() { signal(SIGCONT); }

void Process::kill() {
  signal(SIGKILL);
  wait(TimePoint::max());
}

int Process::stop(TimePoint deadline) {
  if (signal(SIGTERM) && !wait(deadline)) signal(SIGKILL);
  return wait(TimePoint::max()).value_or(0);
}

result<ProcessOutput> run_process(const std::vector<std::string>& argv, std::string_view input, TimePoint deadline,
                                  const std::vector<std::string>& environment) {
  auto in = Pipe::make_socket();
  auto out = Pipe::make();
  auto err = Pipe::make();
  if (in.read.get() < 0 || out.read.get() < 0 || err.read.get() < 0)
    return Error{errc::unavailable, "pipe: " + std::string{std::strerror(errno)}};
  ProcessOptions options;
  options.argv = argv;
  options.environment = environment;
  auto pid = spawn(options, {in.read.get(), out.write.get(), err.write.get()});
  if (!pid) return pid.error();
  in.read.close();
  out.write.close();
  err.write.close();

  ProcessOutput output;
  bool timed_out = false;
  while (out.read.get() >= 0 || err.read.get() >= 0) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left <= 0ms) {
      timed_out = true;
      break;
    }
    if (input.empty()) in.write.close();
    std::array<pollfd, 3> ready{
        {{in.write.get(), POLLOUT, 0}, {out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}}};
    ::poll(ready.data(), ready.size(), static_cast<int>(std::min<std::int64_t>(left.count(), 1000)));
    if (ready[0].revents != 0) {
      const auto count = ::send(in.write.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
      if (count < 0 && errno != EAGAIN && errno != EINTR) input = {};
    }
    const auto drain = [](Descriptor& end, short events, std::string& text) {
      if (events == 0) return;
      std::array<char, 16384> buffer;
      const auto count = ::read(end.get(), buffer.data(), buffer.size());
      if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
      if (count == 0 || (count < 0 && errno != EINTR)) end.close();
    };
    drain(out.read, ready[1].revents, output.out);
    drain(err.read, ready[2].revents, output.err);
  }
  if (timed_out) ::kill(*pid, SIGKILL);
  int raw = 0;
  while (::waitpid(*pid, &raw, 0) < 0 && errno == EINTR) {
  }
  if (timed_out) return Error{errc::timed_out, argv[0] + " did not end in time"};
  output.status = to_status(raw);
  return output;
}

}  // namespace dirbridge::lab
