#include "lab/private_slapd.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

#include "base/text.hpp"
#include "lab/free_port.hpp"
#include "lab/slapd_config.hpp"

namespace dirbridge::lab {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr auto start_timeout = 30s;
constexpr auto stop_timeout = 30s;
constexpr auto load_timeout = 300s;  // 100,000 entries take about a minute on a slow disk
constexpr int port_attempts = 3;     // somebody else may take the free port before slapd does

Error explain(std::string what, const std::string& log) {
  const std::string last = log.size() > 600 ? "…" + log.substr(log.size() - 600) : log;
  std::string detail = std::move(what) + (trim(last).empty() ? "" : ": " + std::string{trim(last)});
  std::error_code ignored;
  // Ubuntu confines slapd to the system's own folders.
  if (fs::exists("/etc/apparmor.d/usr.sbin.slapd", ignored))
    detail +=
        " (AppArmor's profile usr.sbin.slapd may forbid it this folder: `sudo aa-complain /usr/sbin/slapd`, package "
        "apparmor-utils)";
  return {errc::unavailable, std::move(detail)};
}

std::string text_of(const std::string& path) {
  auto text = read_file(path);
  return text ? std::move(*text) : std::string{};
}

result<void> require_programs() {
  for (const auto& [program, package] : {std::pair{"slapd", "slapd"}, std::pair{"ldapsearch", "ldap-utils"}})
    if (!find_program(program))
      return Error{errc::not_found, std::string{program} + " is not installed; install the package " + package};
  return {};
}

result<void> load(const SlapdOptions& options, const std::string& database, const std::string& ldif) {
  const std::vector<std::string> argv{"slapd", "-T", "add", "-q", "-n", database, "-F", options.folder + "/config"};
  auto done = run_process(argv, ldif, SteadyClock::now() + load_timeout);
  if (!done) return done.error();
  if (done->status != 0) return explain("slapd does not accept the data of database " + database, done->err);
  return {};
}

result<void> configure(const SlapdOptions& options) {
  std::error_code ec;
  ::chmod(options.folder.c_str(), 0700);
  for (const auto* sub : {"/config", "/db", "/tls"}) {
    fs::remove_all(options.folder + sub, ec);
    if (!fs::create_directories(options.folder + sub, ec))
      return Error{errc::unavailable, options.folder + sub + ": " + ec.message()};
  }
  auto parts = find_slapd_parts();
  if (!parts) return parts.error();
  if (options.tls) {
    for (const auto& [name, text] :
         {std::pair{"/tls/server.pem", options.tls->certificate_chain},
          std::pair{"/tls/server.key", options.tls->private_key}, std::pair{"/tls/ca.pem", options.tls_ca_pem}})
      if (auto written = write_file(options.folder + name, text, 0600); !written) return written.error();
  }
  if (auto loaded = load(options, "0", slapd_config_ldif(options, *parts)); !loaded) return loaded.error();
  if (!options.memberof && !options.seed_ldif.empty())
    if (auto loaded = load(options, "1", options.seed_ldif); !loaded) return loaded.error();
  return {};
}

// An anonymous bind by hand: any answer means that slapd serves.
bool answers(const std::string& socket_path) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socket_path.copy(address.sun_path, sizeof address.sun_path - 1);
  const timeval patience{2, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  static constexpr unsigned char bind_request[] = {0x30, 0x0c, 0x02, 0x01, 0x01, 0x60, 0x07,
                                                   0x02, 0x01, 0x03, 0x04, 0x00, 0x80, 0x00};
  char reply = 0;
  const bool fine = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                    ::send(fd, bind_request, sizeof bind_request, MSG_NOSIGNAL) == sizeof bind_request &&
                    ::recv(fd, &reply, 1, 0) == 1;
  ::close(fd);
  return fine;
}

}  // namespace

result<PrivateSlapd> PrivateSlapd::start(SlapdOptions options) {
  if (auto found = require_programs(); !found) return found.error();
  std::error_code ec;
  fs::create_directories(options.folder, ec);
  options.folder = fs::absolute(options.folder, ec).lexically_normal().string();
  if (options.folder.ends_with('/')) options.folder.pop_back();
  if (!fs::is_directory(options.folder, ec)) return Error{errc::unavailable, options.folder + " cannot be made"};
  if (options.folder.size() + sizeof "/ldapi" > sizeof sockaddr_un::sun_path)
    return Error{errc::too_large, options.folder + " is too long a path for a local socket (107 bytes with /ldapi)"};

  // The marker is written last: a configuration that failed half-way is made again from nothing.
  const std::string marker = options.folder + "/configured";
  const bool is_new = !fs::exists(marker, ec);
  if (is_new)
    if (auto configured = configure(options); !configured) return configured.error();
  const bool any_port = options.port == 0;
  const bool any_tls_port = options.tls_port == 0 && options.tls;
  PrivateSlapd server{std::move(options)};
  result<void> launched;
  for (int attempt = 0; attempt < port_attempts; ++attempt) {
    if (any_port) server.options_.port = free_port();
    if (any_tls_port) server.options_.tls_port = free_port();
    launched = server.launch();
    if (launched || (!any_port && !any_tls_port)) break;
  }
  if (!launched) return launched.error();
  if (is_new && server.options_.memberof)
    if (auto seeded = server.seed_over_ldap(); !seeded) return seeded.error();
  if (is_new)
    if (auto written = write_file(marker, ""); !written) return written.error();
  return server;
}

PrivateSlapd::~PrivateSlapd() { stop(); }

result<void> PrivateSlapd::launch() {
  const std::string log = options_.folder + "/slapd.log";
  std::error_code ec;
  fs::remove(socket_path(), ec);
  fs::remove(log, ec);
  ProcessOptions run;
  run.argv = {"slapd",
              "-d",
              options_.log_operations ? "stats" : "0",
              "-F",
              options_.folder + "/config",
              "-h",
              ldap_url() + " " + ldapi_url() + (options_.tls ? " " + ldaps_url() : "")};
  run.output_file = log;
  run.die_with_owner = options_.die_with_owner;
  auto process = Process::start(run);
  if (!process) return process.error();
  process_ = std::move(*process);
  const TimePoint deadline = SteadyClock::now() + start_timeout;
  while (!answers(socket_path())) {
    if (!process_.is_running()) return explain("slapd ended at once", text_of(log));
    if (SteadyClock::now() > deadline) return explain("slapd does not answer", text_of(log));
    std::this_thread::sleep_for(2ms);
  }
  return {};
}

result<void> PrivateSlapd::seed_over_ldap() const {
  const std::vector<std::string> argv{"ldapadd", "-Q", "-Y", "EXTERNAL", "-H", ldapi_url()};
  auto done = run_process(argv, options_.seed_ldif, SteadyClock::now() + load_timeout);
  if (!done) return done.error();
  if (done->status != 0) return explain("ldapadd failed", done->err);
  return {};
}

std::string PrivateSlapd::ldap_url() const { return "ldap://127.0.0.1:" + std::to_string(options_.port); }

std::string PrivateSlapd::ldaps_url() const {
  return options_.tls ? "ldaps://127.0.0.1:" + std::to_string(options_.tls_port) : std::string{};
}

std::string PrivateSlapd::ldapi_url() const { return "ldapi://" + percent_encode(socket_path()); }

void PrivateSlapd::stop() {
  thaw();
  process_.stop(SteadyClock::now() + stop_timeout);
}

void PrivateSlapd::kill() { process_.kill(); }
void PrivateSlapd::freeze() { process_.freeze(); }
void PrivateSlapd::thaw() { process_.thaw(); }

result<void> PrivateSlapd::restart() {
  stop();
  return launch();
}

}  // namespace dirbridge::lab
