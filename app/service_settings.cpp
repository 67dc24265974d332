#include "app/service_settings.hpp"

#include <algorithm>
#include <array>

namespace dirbridge::app {
namespace {

template <class Number>
void read(Number& into, const Settings& settings, std::string_view name) {
  into = static_cast<Number>(settings.number(name));
}

// All but the secrets, which stand in files.
agent::AgentSettings without_secrets(const Settings& settings) {
  agent::AgentSettings agent;
  agent.hub_url = settings.text("agent.hub_url");
  agent.hub_ca_file = settings.text("agent.hub_ca_file");
  agent.allow_plain = settings.flag("agent.allow_plain");
  agent.proxy_url = settings.text("agent.proxy_url");
  agent.proxy_user = settings.text("agent.proxy_user");
  agent.state_dir = settings.text("agent.state_dir");
  agent.name = settings.text("agent.name");
  agent.reconnect_base = settings.duration("agent.reconnect_base");
  agent.reconnect_max = settings.duration("agent.reconnect_max");
  agent.poll_wait = settings.duration("agent.poll_wait");
  read(agent.polls, settings, "agent.polls");
  read(agent.credit, settings, "agent.credit");
  read(agent.max_values_per_modify, settings, "agent.max_values_per_modify");
  read(agent.max_bytes_per_modify, settings, "agent.max_bytes_per_modify");
  agent.report_margin = settings.duration("agent.report_margin");
  agent.settle = settings.duration("agent.settle");
  agent.settle_interval = settings.duration("agent.settle_interval");
  agent.last_member = settings.text("agent.last_member");
  agent.stop_grace = settings.duration("agent.stop_grace");

  ldap::ClientSettings& ldap = agent.directory;
  ldap.urls = settings.list("ldap.urls");
  ldap.priorities = settings.list("ldap.priorities");
  ldap.choice.return_after = settings.duration("ldap.return_after");
  ldap.choice.replica_lag = settings.duration("ldap.replica_lag");
  ldap.starttls = settings.flag("ldap.starttls");
  ldap.ca_file = settings.text("ldap.ca_file");
  ldap.allow_cleartext = settings.flag("ldap.allow_cleartext");
  ldap.bind_dn = settings.text("ldap.bind_dn");
  ldap.bind_password_file = settings.text("ldap.bind_password_file");
  ldap.sasl_external = settings.flag("ldap.sasl_external");
  ldap.kerberos.keytab_file = settings.text("ldap.keytab_file");
  ldap.kerberos.principal = settings.text("ldap.principal");
  ldap.kerberos.kdcs = settings.list("ldap.kdcs");
  ldap.certificate_file = settings.text("ldap.certificate_file");
  ldap.key_file = settings.text("ldap.key_file");
  ldap.connect_timeout = settings.duration("ldap.connect_timeout");
  ldap.tls_timeout = settings.duration("ldap.tls_timeout");
  ldap.bind_timeout = settings.duration("ldap.bind_timeout");
  ldap.operation_timeout = settings.duration("ldap.operation_timeout");
  read(ldap.window, settings, "ldap.window");
  ldap.idle = settings.duration("ldap.idle");
  ldap.reconnect_base = settings.duration("ldap.reconnect_base");
  ldap.reconnect_max = settings.duration("ldap.reconnect_max");
  ldap.refused_interval = settings.duration("ldap.refused_interval");
  read(ldap.max_message_bytes, settings, "ldap.max_message_bytes");

  agent.users = {settings.list("import.user_bases"), settings.text("import.user_filter")};
  agent.groups = {settings.list("import.group_bases"), settings.text("import.group_filter")};
  read(agent.page_size, settings, "import.page_size");
  agent.import_timeout = settings.duration("import.timeout");
  return agent;
}

// With the place where each key was given, unless a line is about that key already.
void add(const Settings& settings, ProblemList& problems, const Problems& found) {
  std::vector<std::pair<std::string, std::string>> lines;  // added at the end: a key may have several problems
  for (const Problem& problem : found) {
    if (problems.names(problem.key)) continue;
    const auto dot = problem.key.find('.');
    const bool is_given = find_setting(problem.key.substr(0, dot), problem.key.substr(dot + 1)) &&
                          settings.given(problem.key).layer != Layer::fallback;
    lines.emplace_back((is_given ? settings.given(problem.key).where + ": " : "") + problem.key + ": " + problem.what,
                       problem.key);
  }
  for (auto& [line, key] : lines) problems.add(std::move(line), {std::move(key)});
}

void check_required(const Settings& settings, ProblemList& problems) {
  for (const auto& [section, key] : {std::pair{"agent", "hub_url"}, std::pair{"ldap", "urls"}}) {
    const Setting& setting = *find_setting(section, key);
    const Value& value = settings.given(setting.name()).value;
    if (!value.text.empty() || !value.items.empty() || problems.names(setting.name())) continue;
    problems.add(setting.name() + " is not set: give " + flag_of(Role::agent, setting) + ", " + setting.environment() +
                     ", or " + key + " in section [" + section + "] of the file",
                 {setting.name()});
  }
}

}  // namespace

hub::HubSettings to_hub_settings(const Settings& settings) {
  hub::HubSettings hub;
  hub.data_dir = settings.text("hub.data_dir");
  hub.listen = settings.address("hub.listen");
  hub.listen_tls = settings.address("hub.listen_tls");
  hub.plain = settings.flag("hub.plain");
  hub.tls = settings.flag("hub.tls");
  hub.certificate_file = settings.text("hub.certificate_file");
  hub.key_file = settings.text("hub.key_file");
  hub.names = settings.list("hub.names");
  hub.public_url = settings.text("hub.public_url");
  // "https://hub/" is how browsers write it.
  if (hub.public_url.ends_with('/') && std::ranges::count(hub.public_url, '/') == 3) hub.public_url.pop_back();
  hub.request_timeout = settings.duration("hub.request_timeout");
  hub.heartbeat = settings.duration("hub.heartbeat");
  hub.silence = settings.duration("hub.silence");
  hub.challenge_timeout = settings.duration("hub.challenge_timeout");
  hub.enrol_code_lifetime = settings.duration("hub.enrol_code_lifetime");
  hub.max_poll_wait = settings.duration("hub.max_poll_wait");
  read(hub.max_agents, settings, "hub.max_agents");
  read(hub.max_waiting_requests, settings, "hub.max_waiting_requests");
  hub.rates.plan = settings.text("hub.rate_limit_plan");
  read(hub.rates.limit, settings, "hub.rate_limit");
  hub.rates.window = settings.duration("hub.rate_limit_window");
  hub.rates.enforce = settings.flag("hub.rate_limit_enforce");
  hub.contract.error_profile = settings.text("hub.error_profile");
  hub.contract.directory_tokens = settings.text("hub.directory_tokens");
  hub.contract.out_of_scope = settings.text("hub.out_of_scope");
  hub.read_lifetime = settings.duration("hub.read_lifetime");
  hub.hook_ca_file = settings.text("hub.hook_ca_file");
  hub.stop_grace = settings.duration("hub.stop_grace");

  hub.queue.lease = settings.duration("queue.lease");
  read(hub.queue.max_deliveries, settings, "queue.max_deliveries");
  hub.queue.backoff_base = settings.duration("queue.backoff_base");
  hub.queue.backoff_max = settings.duration("queue.backoff_max");
  read(hub.queue.max_open_jobs, settings, "queue.max_open_jobs");

  read(hub.http.max_connections, settings, "http.max_connections");
  read(hub.http.max_handshakes, settings, "http.max_handshakes");
  read(hub.http.max_header_bytes, settings, "http.max_header_bytes");
  read(hub.http.max_body_bytes, settings, "http.max_body_bytes");
  hub.http.handshake_timeout = settings.duration("http.handshake_timeout");
  hub.http.header_timeout = settings.duration("http.header_timeout");
  hub.http.body_timeout = settings.duration("http.body_timeout");
  hub.http.idle_timeout = settings.duration("http.idle_timeout");
  hub.http.write_timeout = settings.duration("http.write_timeout");
  read(hub.http.web_socket.max_message_bytes, settings, "http.web_socket_max_message");
  read(hub.http.web_socket.max_queued_bytes, settings, "http.web_socket_max_queued");
  hub.http.web_socket.write_timeout = settings.duration("http.web_socket_write_timeout");
  return hub;
}

result<agent::AgentSettings> to_agent_settings(const Settings& settings) {
  agent::AgentSettings agent = without_secrets(settings);
  for (const auto& [key, into] :
       {std::pair{"agent.proxy_password", &agent.proxy_password}, std::pair{"agent.enrol_code", &agent.enrol_code}}) {
    auto secret = settings.secret(key);
    if (!secret) return secret.error();
    *into = std::move(*secret);
  }
  return agent;
}

void check_service(const Settings& settings, Role role, ProblemList& problems) {
  if (!problems.is_complete()) return;
  if (const auto level = log_level(settings); !level) problems.add(level.error().message(), {"log.level"});
  if (role == Role::hub) return add(settings, problems, hub::problems_of(to_hub_settings(settings)));
  check_required(settings, problems);
  for (const std::string key : {"agent.proxy_password", "agent.enrol_code"}) {
    const auto secret = settings.secret(key);
    if (!secret) problems.add(secret.error().message(), {key});
  }
  add(settings, problems, agent::problems_of(without_secrets(settings)));
}

agent::AgentSettings to_directory_settings(const Settings& settings) { return without_secrets(settings); }

void check_directory(const Settings& settings, ProblemList& problems) {
  if (!problems.is_complete()) return;
  // The way to the hub is another one's business; a key that cannot be read at all has its line already.
  for (const char* key :
       {"agent.hub_url", "agent.hub_ca_file", "agent.proxy_url", "agent.proxy_user", "agent.state_dir"})
    problems.excuse(key);
  check_required(settings, problems);
  add(settings, problems, agent::problems_of(without_secrets(settings)));
}

result<log::Level> log_level(const Settings& settings) {
  static constexpr std::array names{std::pair{"debug", log::Level::debug}, std::pair{"info", log::Level::info},
                                    std::pair{"warn", log::Level::warn}, std::pair{"error", log::Level::error},
                                    std::pair{"off", log::Level::off}};
  const std::string& wanted = settings.text("log.level");
  for (const auto& [name, level] : names)
    if (wanted == name) return level;
  return Error{errc::configuration, settings.given("log.level").where +
                                        ": log.level must be debug, info, warn, error or off, not \"" + wanted + "\""};
}

}  // namespace dirbridge::app
