#include "app/demo_stage.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "base/ids.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

constexpr milliseconds start_timeout{15'000};
constexpr milliseconds stop_timeout{5'000};

volatile std::sig_atomic_t interrupted = 0;

void write(const std::string& path, const std::string& text, unsigned mode) {
  if (const auto written = write_file(path, text, mode); !written)
    throw CommandFailure(exit_refused, written.error().message());
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted = 1; };  // no SA_RESTART: blocking calls wake up
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

bool is_interrupted() { return interrupted != 0; }

void check_interrupt() {
  if (is_interrupted()) throw Interrupted{};
}

bool await(const std::function<bool()>& condition, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    check_interrupt();
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(10ms);
  }
  return true;
}

std::string Stage::program() { return std::filesystem::read_symlink("/proc/self/exe").string(); }

Stage::Stage(std::string folder) : folder_(std::move(folder)) {}

Stage::~Stage() {
  if (ready_fd_ >= 0) ::close(ready_fd_);
  // The agent first: it would otherwise spend its last moment complaining about the hub.
  for (lab::Process* process : {&agent_, &hub_}) {
    process->signal(SIGCONT);
    process->stop(std::chrono::steady_clock::now() + stop_timeout);
  }
}

void Stage::fail(const std::string& what, const std::string& log) const {
  auto words = read_file(log, 64u << 20);
  std::string tail = words ? std::move(*words) : std::string{};
  if (tail.size() > 1500) tail.erase(0, tail.size() - 1500);
  throw CommandFailure(exit_refused, what + (tail.empty() ? "" : "; the end of " + log + ":\n" + tail));
}

void Stage::start() {
  start_hub();  // comes up while slapd's database is being loaded
  const Secret agent_password{random_id("", 24)};
  lab::SlapdOptions options;
  options.folder = folder_ + "/slapd";
  options.suffix = organisation_.suffix;
  options.seed_ldif = organisation_.ldif(agent_password, Secret{random_id("", 24)});
  options.access = organisation_.access;
  options.log_operations = true;
  auto slapd = lab::PrivateSlapd::start(std::move(options));
  check_interrupt();
  if (!slapd) throw CommandFailure(exit_refused, slapd.error().message());
  slapd_ = std::make_unique<lab::PrivateSlapd>(std::move(*slapd));
  auto gate = lab::LdapGate::open(slapd_->port());
  if (!gate) throw CommandFailure(exit_refused, gate.error().message());
  gate_ = std::move(*gate);
  ldap_ = std::make_unique<lab::LdapTools>(slapd_->ldapi_url());
  write(folder_ + "/agent.password", agent_password.reveal(), 0600);
  read_hub_ready();
  start_agent();
}

void Stage::start_hub() {
  using namespace demo_deadlines;
  const auto spell = [](milliseconds time) { return quoted(std::to_string(time.count()) + "ms"); };
  write(folder_ + "/hub.toml",
        "[hub]\ndata_dir = " + quoted(folder_ + "/hub") + "\nlisten = \"127.0.0.1:0\"\nlisten_tls = \"127.0.0.1:0\"\n" +
            "request_timeout = " + spell(request) + "\nheartbeat = \"1s\"\nsilence = \"6s\"\n\n[queue]\nlease = " +
            spell(lease) + "\n\n[log]\nlevel = \"debug\"\n",
        0600);
  // Only the hub has the writing end: the line ends with the process that could write it.
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw CommandFailure(exit_refused, "cannot make a pipe");
  ready_fd_ = ends[0];
  lab::ProcessOptions options;
  options.argv = {program(), "hub", "--config", folder_ + "/hub.toml", "--ready-fd", std::to_string(ends[1])};
  options.output_file = hub_log();
  options.keep_fd = ends[1];
  auto hub = lab::Process::start(options);
  ::close(ends[1]);
  if (!hub) throw CommandFailure(exit_refused, "cannot start the hub: " + hub.error().message());
  hub_ = std::move(*hub);
}

void Stage::read_hub_ready() {
  std::string line;
  const auto deadline = std::chrono::steady_clock::now() + start_timeout;
  while (!line.ends_with('\n')) {
    check_interrupt();
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd ready{ready_fd_, POLLIN, 0};
    if (left <= 0ms || (::poll(&ready, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)) break;
    char bytes[4096];
    const ssize_t count = ready.revents ? ::read(ready_fd_, bytes, sizeof bytes) : -1;
    if (count == 0) break;
    if (count > 0) line.append(bytes, static_cast<std::size_t>(count));
  }
  const json ready = json::parse(line, nullptr, false);
  url_ = text_at(ready, {"url"});
  if (url_.empty()) fail("the hub did not come up", hub_log());
  auto token = read_file(token_file());
  if (!token) throw CommandFailure(exit_refused, token.error().message());
  http_ = make_http(url_, {});
  api_ = std::make_unique<Api>(*http_, Secret{std::string{trim(*token)}}, url_);
  stranger_ = std::make_unique<Api>(*http_, Secret{}, url_);

  directory_ = text_at(api_->post("/_dirbridge/v1/directories", {{"name", "Example"}}), {"id"});
  const json code = api_->post("/_dirbridge/v1/directories/" + directory_ + "/enrol-codes", json::object());
  write(folder_ + "/enrol.code", text_at(code, {"code"}), 0600);
  write_agent_config(text_at(ready, {"tls_url"}));
}

void Stage::write_agent_config(const std::string& hub_tls_url) {
  using namespace demo_deadlines;
  const auto spell = [](milliseconds time) { return quoted(std::to_string(time.count()) + "ms"); };
  write(folder_ + "/agent.toml",
        "[agent]\nname = \"demo\"\nhub_url = " + quoted("wss" + hub_tls_url.substr(hub_tls_url.find(':'))) +
            "\nhub_ca_file = " + quoted(folder_ + "/hub/ca.pem") + "\nstate_dir = " + quoted(folder_ + "/agent") +
            "\nenrol_code_file = " + quoted(folder_ + "/enrol.code") +
            "\nreconnect_base = \"50ms\"\nreconnect_max = \"500ms\"\nreport_margin = \"100ms\"\nsettle = " +
            spell(settle) + "\nsettle_interval = \"200ms\"\n\n[ldap]\nurls = [" + quoted(gate_->url()) +
            "]\nbind_dn = " + quoted(organisation_.agent_dn()) + "\nbind_password_file = " +
            quoted(folder_ + "/agent.password") + "\noperation_timeout = " + spell(operation) +
            "\n\n[import]\nuser_bases = [" + quoted(organisation_.people_base()) + "]\ngroup_bases = [" +
            quoted(organisation_.groups_base()) + "]\n\n[log]\nlevel = \"debug\"\n",
        0600);
}

void Stage::start_agent() {
  lab::ProcessOptions options;
  options.argv = {program(), "agent", "--config", folder_ + "/agent.toml"};
  options.output_file = agent_log();
  auto agent = lab::Process::start(options);
  if (!agent) throw CommandFailure(exit_refused, "cannot start the agent: " + agent.error().message());
  agent_ = std::move(*agent);
  const bool connected = await(
      [this] {
        if (!agent_.is_running()) fail("the agent ended at once", agent_log());
        for (const json& one : api_->list("/_dirbridge/v1/agents")) {
          if (text_at(one, {"connected"}) == "true") return true;
        }
        return false;
      },
      start_timeout);
  if (!connected) fail("the agent did not connect", agent_log());
}

void Stage::stop_agent() {
  agent_.stop(std::chrono::steady_clock::now() + stop_timeout);
  const bool gone = await(
      [this] {
        for (const json& one : api_->list("/_dirbridge/v1/agents")) {
          if (text_at(one, {"connected"}) == "true") return false;
        }
        return true;
      },
      start_timeout);
  if (!gone) fail("the hub did not notice that the agent ended", hub_log());
}

void Stage::freeze_agent() {
  agent_.signal(SIGSTOP);
  siginfo_t info{};
  // WNOWAIT: reaping stays the process object's business.
  while (::waitid(P_PID, static_cast<id_t>(agent_.pid()), &info, WSTOPPED | WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
}

void Stage::thaw_agent() { agent_.signal(SIGCONT); }

}  // namespace dirbridge::app
