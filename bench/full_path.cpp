#include "bench/full_path.hpp"

#include <poll.h>

#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <stdexcept>

#include "base/text.hpp"

namespace dirbridge::bench {
namespace {

constexpr auto step_patience = 30s;
constexpr auto import_patience = 120s;
constexpr auto stop_patience = 10s;

std::string toml_text(const std::string& text) { return nlohmann::json(text).dump(); }  // a JSON string is a TOML one

void write_or_throw(const std::string& path, const std::string& text, unsigned mode = 0600) {
  if (const auto done = write_file(path, text, mode); !done) throw std::runtime_error(done.error().message());
}

// Link: <http://host:port/path?after=…>; rel="next". Empty on the last page.
std::string next_page(const net::HttpResponse& answer) {
  const auto [begin, end] = answer.headers.equal_range("Link");
  for (auto link = begin; link != end; ++link) {
    const std::string& text = link->second;
    if (text.find("rel=\"next\"") == std::string::npos) continue;
    const auto url = net::parse_url(text.substr(1, text.find('>') - 1));
    if (!url) throw std::runtime_error("Link: " + text + ": " + url.error().message());
    return url->path;
  }
  return {};
}

}  // namespace

FullPath::FullPath(asio::io_context& loop, FullPathSettings settings) : loop_(loop), settings_(std::move(settings)) {
  start_hub();
  enrol_and_start_agent();
  import();
  learn_ids("groups", groups_);
  learn_ids("users", users_);
}

FullPath::~FullPath() {
  // The agent first: then there is nothing to reconnect to.
  agent_.stop(std::chrono::steady_clock::now() + stop_patience);
  hub_.stop(std::chrono::steady_clock::now() + stop_patience);
}

nlohmann::json FullPath::start(lab::Process& process, const std::string& role, const std::string& toml) {
  const std::string config = settings_.folder + "/" + role + ".toml";
  const std::string output = settings_.folder + "/" + role + ".out";
  write_or_throw(config, toml + "\n[log]\nlevel = \"warn\"\nfile = " + toml_text(log_of(role)) + "\n");
  lab::ProcessOptions options;
  options.argv = {settings_.program, role, "--config", config, "--print-ready"};
  options.output_file = output;
  auto started = lab::Process::start(options);
  if (!started) throw std::runtime_error(started.error().message());
  process = std::move(*started);
  const auto deadline = std::chrono::steady_clock::now() + step_patience;
  for (;;) {
    const auto text = read_file(output);
    const std::string said = text ? *text : "";
    if (const auto end = said.find('\n'); end != std::string::npos && said.starts_with('{')) {
      return nlohmann::json::parse(said.substr(0, end));
    }
    if (!process.is_running()) throw std::runtime_error("dirbridge " + role + " ended early: " + said);
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("dirbridge " + role + " was not ready in time");
    poll(nullptr, 0, 5);
  }
}

void FullPath::start_hub() {
  std::string toml =
      "[hub]\ndata_dir = " + toml_text(settings_.folder + "/hub") + "\nlisten = \"127.0.0.1:0\"\ntls = false\n";
  if (const auto wait = settings_.request_timeout.count(); wait > 0) {
    toml += "request_timeout = \"" + std::to_string(wait) + "s\"\n[queue]\nlease = \"" + std::to_string(wait - 10) +
            "s\"\n[http]\nmax_connections = 2048\n";
  }
  const auto ready = start(hub_, "hub", toml);
  auto url = net::parse_url(ready.at("url").get<std::string>());
  if (!url) throw std::runtime_error("the hub's ready line: " + url.error().message());
  url_ = *url;
  const auto token = read_file(ready.at("operator_token_file").get<std::string>());
  if (!token) throw std::runtime_error(token.error().message());
  token_ = Secret{std::string{trim(*token)}};
  client_ = std::make_unique<net::HttpClient>(loop_.get_executor(), url_, net::ClientSettings{});
}

std::string FullPath::ldap_extra() const {
  std::string toml;
  if (!settings_.ldap_ca_file.empty()) toml += "\nca_file = " + toml_text(settings_.ldap_ca_file);
  // operation_timeout < lease < request_timeout
  if (const auto wait = settings_.request_timeout.count(); wait > 0) {
    toml += "\noperation_timeout = \"" + std::to_string(wait - 20) + "s\"";
  }
  return toml;
}

void FullPath::enrol_and_start_agent() {
  directory_ = call("POST", "/_dirbridge/v1/directories", {{"name", "bench"}}).at("id");
  const std::string code =
      call("POST", "/_dirbridge/v1/directories/" + directory_ + "/enrol-codes", nlohmann::json::object()).at("code");
  const std::string& folder = settings_.folder;
  write_or_throw(folder + "/enrol.code", code);
  write_or_throw(folder + "/bind.password", settings_.password.reveal());
  std::string filters;
  if (!settings_.user_filter.empty()) filters += "user_filter = " + toml_text(settings_.user_filter) + "\n";
  if (!settings_.group_filter.empty()) filters += "group_filter = " + toml_text(settings_.group_filter) + "\n";
  start(agent_, "agent",
        "[agent]\nhub_url = " + toml_text("ws://" + url_.host + ":" + std::to_string(url_.port)) + "\nstate_dir = " +
            toml_text(folder + "/agent") + "\nenrol_code_file = " + toml_text(folder + "/enrol.code") +
            "\n\n[ldap]\nurls = [" + toml_text(settings_.ldap_url) + "]\nbind_dn = " + toml_text(settings_.bind_dn) +
            "\nbind_password_file = " + toml_text(folder + "/bind.password") + ldap_extra() +
            "\n\n[import]\nuser_bases = [" + toml_text(settings_.user_base) + "]\ngroup_bases = [" +
            toml_text(settings_.group_base) + "]\n" + filters);
}

void FullPath::import() {
  // Ready means started; the link to the hub comes a moment later, and until then the hub answers 502.
  const auto deadline = std::chrono::steady_clock::now() + step_patience;
  const std::string target = "/_dirbridge/v1/directories/" + directory_ + "/imports";
  auto started = send("POST", target, nlohmann::json::object());
  while (started.status == 502) {
    if (!agent_.is_running() || std::chrono::steady_clock::now() > deadline) {
      throw std::runtime_error("the agent did not connect; see " + log_of("agent"));
    }
    poll(nullptr, 0, 20);
    started = send("POST", target, nlohmann::json::object());
  }
  if (started.status != 202) throw std::runtime_error("POST " + target + ": " + started.body);
  const std::string id = nlohmann::json::parse(started.body).at("id");
  const auto end = std::chrono::steady_clock::now() + import_patience;
  for (;;) {
    const auto state = call("GET", "/_dirbridge/v1/imports/" + id + "?wait_ms=5000");
    if (state.at("state") == "running" && std::chrono::steady_clock::now() < end) continue;
    if (!state.at("ended").get<std::string>().empty() && state.at("groups").get<std::size_t>() > 0) return;
    throw std::runtime_error("the import did not end well: " + state.dump());
  }
}

void FullPath::learn_ids(const std::string& resource, std::unordered_map<std::string, std::string>& ids) {
  std::string target = "/api/v1/" + resource + "?limit=200";
  while (!target.empty()) {
    const auto answer = send("GET", target, nullptr);
    if (answer.status != 200) throw std::runtime_error("GET " + target + ": " + answer.body);
    for (const auto& object : nlohmann::json::parse(answer.body)) {
      ids[to_lower(object.at("profile").at("dn").get<std::string>())] = object.at("id").get<std::string>();
    }
    target = next_page(answer);
  }
}

void FullPath::identify(std::span<Seat> seats) const {
  for (Seat& seat : seats) {
    const auto group = groups_.find(to_lower(seat.group_dn));
    const auto user = users_.find(to_lower(seat.user_dn));
    if (group == groups_.end()) throw std::runtime_error(seat.group_dn + " was not imported");
    if (user == users_.end()) throw std::runtime_error(seat.user_dn + " was not imported");
    seat.group = group->second;
    seat.user = user->second;
  }
}

nlohmann::json FullPath::call(const std::string& method, const std::string& target, const nlohmann::json& body) {
  const auto answer = send(method, target, body);
  if (answer.status / 100 != 2) {
    throw std::runtime_error(method + " " + target + ": " + std::to_string(answer.status) + " " + answer.body);
  }
  return nlohmann::json::parse(answer.body);
}

net::HttpResponse FullPath::send(const std::string& method, const std::string& target, const nlohmann::json& body) {
  net::HttpRequest request;
  request.method = method;
  request.target = target;
  request.headers.emplace("Authorization", "SSWS " + token_.reveal());
  if (!body.is_null()) {
    request.headers.emplace("Content-Type", "application/json");
    request.body = body.dump();
  }
  std::optional<result<net::HttpResponse>> answer;
  std::exception_ptr bug;
  asio::co_spawn(loop_, client_->send(std::move(request), std::chrono::steady_clock::now() + step_patience),
                 [&](std::exception_ptr thrown, result<net::HttpResponse> reply) {
                   bug = thrown;
                   answer = std::move(reply);
                 });
  loop_.restart();
  while (!answer && loop_.run_one() > 0) {
  }
  if (bug) std::rethrow_exception(bug);
  if (!answer || !*answer) {
    throw std::runtime_error(method + " " + target + ": " + (answer ? answer->error().message() : "no answer") +
                             "; see " + log_of("hub"));
  }
  return std::move(**answer);
}

}  // namespace dirbridge::bench
