#include "app/service_settings.hpp"

namespace dirbridge::app {
namespace {

template <class Number>
void read(Number& into, const Settings& settings, std::string_view name) {
  into = static_cast<Number>(settings.number(name));
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
  hub.request_timeout = settings.duration("hub.request_timeout");
  hub.heartbeat = settings.duration("hub.heartbeat");
  hub.silence = settings.duration("hub.silence");
  hub.challenge_timeout = settings.duration("hub.challenge_timeout");
  hub.enrol_code_lifetime = settings.duration("hub.enrol_code_lifetime");
  hub.max_poll_wait = settings.duration("hub.max_poll_wait");
  read(hub.max_agents, settings, "hub.max_agents");
  read(hub.max_waiting_requests, settings, "hub.max_waiting_requests");
  read(hub.rate_limit_per_minute, settings, "hub.rate_limit_per_minute");
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
  agent::AgentSettings agent;
  for (const auto& [section, key] : {std::pair{"agent", "hub_url"}, std::pair{"ldap", "urls"}}) {
    const Setting& setting = *find_setting(section, key);
    const Value& value = settings.given(setting.name()).value;
    if (!value.text.empty() || !value.items.empty()) continue;
    return Error{errc::configuration, setting.name() + " is not set: give " + flag_of(Role::agent, setting) + ", " +
                                          setting.environment() + ", or " + key + " in section [" + section +
                                          "] of the file"};
  }
  agent.hub_url = settings.text("agent.hub_url");
  agent.hub_ca_file = settings.text("agent.hub_ca_file");
  agent.allow_plain = settings.flag("agent.allow_plain");
  agent.proxy_url = settings.text("agent.proxy_url");
  agent.proxy_user = settings.text("agent.proxy_user");
  auto proxy_password = settings.secret("agent.proxy_password");
  if (!proxy_password) return proxy_password.error();
  agent.proxy_password = std::move(*proxy_password);
  agent.state_dir = settings.text("agent.state_dir");
  auto enrol_code = settings.secret("agent.enrol_code");
  if (!enrol_code) return enrol_code.error();
  agent.enrol_code = std::move(*enrol_code);
  agent.name = settings.text("agent.name");
  agent.reconnect_base = settings.duration("agent.reconnect_base");
  agent.reconnect_max = settings.duration("agent.reconnect_max");
  agent.poll_wait = settings.duration("agent.poll_wait");
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
  ldap.starttls = settings.flag("ldap.starttls");
  ldap.ca_file = settings.text("ldap.ca_file");
  ldap.allow_cleartext = settings.flag("ldap.allow_cleartext");
  ldap.bind_dn = settings.text("ldap.bind_dn");
  ldap.bind_password_file = settings.text("ldap.bind_password_file");
  ldap.sasl_external = settings.flag("ldap.sasl_external");
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
  return agent;
}

}  // namespace dirbridge::app
