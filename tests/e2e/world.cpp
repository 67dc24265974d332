#include "e2e/world.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "base/crypto.hpp"
#include "base/ids.hpp"
#include "e2e/exchange_record.hpp"
#include "lab/free_port.hpp"
#include "net/deadline.hpp"

namespace dirbridge::e2e {
namespace {

namespace fs = std::filesystem;

constexpr auto patience = 20s;  // for what must happen soon, on a machine that is busy with other tests
constexpr auto look_every = 5ms;

template <class Condition>
bool await(Condition condition, milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(look_every);
  }
  return true;
}

// The end of a log, without our own questions.
std::string last_words(const std::string& log) {
  constexpr std::size_t enough = 8'000;
  std::string words;
  std::istringstream lines{log};
  for (std::string line; std::getline(lines, line);)
    if (line.find("GET /_dirbridge") == std::string::npos) words += line + "\n";
  return words.size() > enough ? words.substr(words.size() - enough) : words;
}

std::string ms(milliseconds duration) { return "\"" + std::to_string(duration.count()) + "ms\""; }

}  // namespace

World::World(WorldSettings settings) : settings_(settings), program_(DIRBRIDGE_PROGRAM) {
  auto pattern = (fs::temp_directory_path() / "dirbridge-e2e-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary folder");
  folder_ = pattern;

  const auto organisation = lab::sample_organisation();
  const Secret agent_password{random_id("", 24)};
  if (auto done = write_file(folder_ + "/agent.password", agent_password.reveal(), 0600); !done)
    throw std::runtime_error(done.error().message());
  lab::SlapdOptions options;
  options.folder = folder_ + "/slapd";
  options.admin_password = Secret{random_id("", 24)};
  options.seed_ldif = organisation.ldif(agent_password, Secret{random_id("", 24)});
  options.access = organisation.access;
  options.log_operations = true;
  auto slapd = lab::PrivateSlapd::start(std::move(options));
  if (!slapd) throw std::runtime_error(slapd.error().message());
  slapd_ = std::make_unique<lab::PrivateSlapd>(std::move(*slapd));
  auto gate = lab::LdapGate::open(slapd_->port());
  if (!gate) throw std::runtime_error(gate.error().message());
  gate_ = std::move(*gate);

  port_ = lab::free_port();
  tls_port_ = lab::free_port();
  url_ = "http://127.0.0.1:" + std::to_string(port_);
  config_ = write_config();
  start_hub();
  directory_ = Json::parse(command({"directory", "create", "lab", "--json"})).at("id");
  const auto code = Json::parse(command({"agent", "enrol-code", directory_, "--json"})).at("code").get<std::string>();
  if (auto done = write_file(folder_ + "/enrol.code", code, 0600); !done) fail(done.error().message());
  start_agent();
  await_agent();
  int status = 0;
  const auto printed = command({"import", directory_, "--json"}, &status);
  if (status != 0) fail("the import failed: " + printed);
}

World::~World() {
  for (auto* process : {&agent_, &hub_}) kill(*process);
  gate_.reset();
  slapd_.reset();
  if (!std::getenv("E2E_KEEP")) fs::remove_all(folder_);
}

std::string World::write_config() {
  const auto hub =
      settings_.tls ? "wss://127.0.0.1:" + std::to_string(tls_port_) : "ws://127.0.0.1:" + std::to_string(port_);
  const std::string text =
      "[hub]\ndata_dir = \"" + folder_ + "/hub\"\nlisten = \"127.0.0.1:" + std::to_string(port_) +
      "\"\nlisten_tls = \"127.0.0.1:" + std::to_string(tls_port_) + "\"\ntls = " + (settings_.tls ? "true" : "false") +
      "\nrequest_timeout = " + ms(settings_.request_timeout) +
      "\nheartbeat = \"200ms\"\nsilence = \"3s\"\n[queue]\nlease = " + ms(settings_.lease) +
      "\nmax_deliveries = 50\nbackoff_base = \"50ms\"\nbackoff_max = \"400ms\"\n[agent]\nhub_url = \"" + hub +
      "\"\nstate_dir = \"" + folder_ + "/agent\"\nenrol_code_file = \"" + folder_ + "/enrol.code\"\n" +
      (settings_.tls ? "hub_ca_file = \"" + folder_ + "/hub/ca.pem\"\n" : "") +
      "reconnect_base = \"50ms\"\nreconnect_max = \"400ms\"\nsettle = " + ms(settings_.settle) +
      "\nsettle_interval = \"100ms\"\nreport_margin = \"100ms\"\n[ldap]\nurls = [\"" + gate_->url() +
      "\"]\nbind_dn = \"" + lab::sample_organisation().agent_dn() + "\"\nbind_password_file = \"" + folder_ +
      "/agent.password\"\noperation_timeout = " + ms(settings_.operation_timeout) +
      "\n[import]\nuser_bases = [\"ou=people,dc=example,dc=org\"]\ngroup_bases = "
      "[\"ou=groups,dc=example,dc=org\"]\n[log]\nlevel = \"debug\"\n";
  const auto file = folder_ + "/dirbridge.toml";
  if (auto done = write_file(file, text, 0600); !done) fail(done.error().message());
  return file;
}

void World::fail(const std::string& what) {
  std::string words = what;
  for (const auto* log : {"hub.log", "agent.log"}) {
    auto text = read_file(folder_ + "/" + log, 64u << 20);
    if (!text) continue;
    words += "\n--- " + std::string{log} + "\n" + last_words(*text);
  }
  throw std::runtime_error(words);
}

void World::freeze_slapd_at_modify() {
  gate_->arm([this] { slapd_->freeze(); });
}

void World::await_modify() {
  if (!gate_->await_modify(std::chrono::steady_clock::now() + patience)) fail("no modify was sent");
}

lab::LdapTools World::tools() const { return lab::LdapTools{slapd_->ldapi_url()}; }

void World::start_hub() {
  auto process = lab::Process::start(
      {.argv = {program_, "hub", "--config", config_}, .environment = {}, .output_file = folder_ + "/hub.log"});
  if (!process) fail(process.error().message());
  hub_ = std::move(*process);
  if (!await([&] { return !hub_.is_running() || call("GET", "/readyz").status == 200; }, patience) ||
      !hub_.is_running())
    fail("the hub did not become ready");
}

void World::start_agent() {
  auto process = lab::Process::start(
      {.argv = {program_, "agent", "--config", config_}, .environment = {}, .output_file = folder_ + "/agent.log"});
  if (!process) fail(process.error().message());
  agent_ = std::move(*process);
}

void World::await_agent() {
  if (!await([&] { return call("GET", "/readyz").json().value("agents", 0) > 0; }, patience))
    fail("the agent did not connect");
}

void World::await_no_agent() {
  if (!await([&] { return call("GET", "/readyz").json().value("agents", 1) == 0; }, patience))
    fail("the agent is still connected");
}

void World::await_in_agent_log(const std::string& words) {
  const auto log = [this] { return read_file(folder_ + "/agent.log", 64u << 20).value(); };
  const auto from = log().size();
  if (!await([&] { return log().find(words, from) != std::string::npos; }, patience))
    fail("the agent did not say " + words);
}

void World::freeze(lab::Process& process) {
  process.signal(SIGSTOP);
  int state = 0;
  ::waitpid(process.pid(), &state, WUNTRACED | WNOWAIT);
}

void World::kill(lab::Process& process) {
  process.signal(SIGKILL);
  process.wait(std::chrono::steady_clock::now() + patience);
}

std::string World::token() const {
  const auto text = read_file(folder_ + "/hub/operator.token");
  return text ? std::string{trim(*text)} : std::string{};
}

World::Answer World::call(const std::string& method, const std::string& target, const std::string& body,
                          const std::string& authorization) {
  asio::io_context loop{1};
  net::HttpClient client{loop.get_executor(), *net::parse_url(url_), {}};
  net::HttpRequest request;
  request.method = method;
  request.target = target;
  request.body = body;
  if (authorization != nobody)
    request.headers.emplace("Authorization", authorization.empty() ? "SSWS " + token() : authorization);
  if (!body.empty()) request.headers.emplace("Content-Type", "application/json");
  Answer answer;
  asio::co_spawn(loop, client.send(std::move(request), std::chrono::steady_clock::now() + patience),
                 [&](std::exception_ptr, result<net::HttpResponse> response) {
                   if (!response) {
                     answer.body = "{}";
                     return;
                   }
                   record_exchange(method, target, *response);
                   answer.status = response->status;
                   answer.headers = response->headers;
                   answer.body = response->body;
                   if (const auto job = answer.headers.find("X-Dirbridge-Job"); job != answer.headers.end())
                     answer.job = job->second;
                 });
  loop.run();
  return answer;
}

std::string World::group(const std::string& name) {
  for (const auto& group : call("GET", "/api/v1/groups?q=" + percent_encode(name)).json())
    if (group.at("profile").at("name") == name) return group.at("id");
  fail("no group " + name);
}

std::string World::user(const std::string& login) {
  const auto answer = call("GET", "/api/v1/users/" + percent_encode(login));
  if (answer.status != 200) fail("no user " + login + ": " + answer.body);
  return answer.json().at("id");
}

World::Answer World::modify(const std::string& action, const std::string& group, const std::string& attribute,
                            const std::vector<std::string>& users) {
  const Json body{{"id", group}, {"parameters", {{"action", action}, {"attribute", attribute}, {"values", users}}}};
  return call("POST", "/api/v1/directories/" + directory_ + "/groups/modify", body.dump());
}

Json World::job(const std::string& id) {
  const auto answer = call("GET", "/_dirbridge/v1/jobs/" + id);
  if (answer.status != 200) fail("no job " + id + ": " + answer.body);
  return answer.json();
}

Json World::closed_job(const std::string& id, milliseconds within) {
  Json last;
  if (!await([&] { return (last = job(id)).at("state") == "closed"; }, within))
    fail("job " + id + " is still open: " + last.dump(1));
  return last;
}

std::string World::command(std::vector<std::string> arguments, int* status) {
  arguments.insert(arguments.begin(), program_);
  const std::vector<std::string> environment{"DIRBRIDGE_HUB=" + url_,
                                             "DIRBRIDGE_TOKEN_FILE=" + folder_ + "/hub/operator.token"};
  const auto output = lab::run_process(arguments, "", std::chrono::steady_clock::now() + 60s, environment);
  if (!output) fail(output.error().message());
  if (status)
    *status = output->status;
  else if (output->status != 0)
    fail("`" + arguments.at(1) + "` exited with " + std::to_string(output->status) + ": " + output->err + output->out);
  return output->out + (output->status == 0 ? "" : output->err);
}

}  // namespace dirbridge::e2e
