#include "agent/settings.hpp"

#include "agent/directory_rules.hpp"
#include "agent/import_map.hpp"
#include "base/text.hpp"
#include "ldap/filter.hpp"
#include "net/http_client.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {
namespace {

void require(Problems& problems, bool good, std::string_view key, std::string_view what) {
  if (!good) problems.push_back({std::string{key}, std::string{what}});
}

void check_hub(const AgentSettings& settings, Problems& problems) {
  const auto url = net::parse_url(settings.hub_url);
  if (!url)
    problems.push_back({"agent.hub_url", settings.hub_url.empty() ? "is not set" : url.error().message()});
  else if (url->scheme != "ws" && url->scheme != "wss")
    require(problems, false, "agent.hub_url", "must begin with wss:// (or ws://)");
  else if (!url->secure() && !url->is_loopback() && !settings.allow_plain)
    require(problems, false, "agent.hub_url",
            "ws:// to another machine sends everything in clear; use wss://, or set allow_plain");
  if (!settings.proxy_url.empty()) {
    const auto proxy = net::parse_url(settings.proxy_url);
    require(problems, proxy && proxy->scheme == "http", "agent.proxy_url", "must be http://host:port");
  }
  if (!settings.hub_ca_file.empty()) {
    const auto trusted = net::TlsClientContext::make(
        {.ca_file = settings.hub_ca_file, .ca_pem = {}, .verify = true, .client_identity = {}});
    if (!trusted) problems.push_back({"agent.hub_ca_file", trusted.error().message()});
  }
  require(problems, settings.proxy_url.empty() ? settings.proxy_user.empty() : true, "agent.proxy_user",
          "needs proxy_url");
  require(problems, !settings.state_dir.empty(), "agent.state_dir", "is not set");
}

void check_certificates(const ldap::ClientSettings& settings, Problems& problems) {
  if (!settings.ca_file.empty()) {
    const auto trusted =
        net::TlsClientContext::make({.ca_file = settings.ca_file, .ca_pem = {}, .verify = true, .client_identity = {}});
    if (!trusted) problems.push_back({"ldap.ca_file", trusted.error().message()});
  }
  for (const auto& [key, path] : {std::pair{"ldap.certificate_file", &settings.certificate_file},
                                  std::pair{"ldap.key_file", &settings.key_file}}) {
    if (path->empty()) continue;
    if (const auto text = read_file(*path); !text) problems.push_back({key, text.error().message()});
  }
}

void check_scope(const ImportScope& scope, std::string_view bases_key, std::string_view filter_key,
                 Problems& problems) {
  if (auto bases = distinct_bases(scope.bases); !bases)
    problems.push_back({std::string{bases_key}, bases.error().message()});
  if (scope.bases.empty()) require(problems, false, bases_key, "names no base: there would be nothing to import");
  if (auto filter = ldap::Filter::parse(scope.filter); !filter)
    problems.push_back({std::string{filter_key}, filter.error().message()});
}

void check_numbers(const AgentSettings& settings, Problems& problems) {
  require(problems, settings.polls >= 1 && settings.polls <= max_polls, "agent.polls",
          "must be from 1 to " + std::to_string(max_polls));
  require(problems, settings.credit >= 1, "agent.credit", "must be at least 1");
  require(problems, settings.page_size >= 1, "import.page_size", "must be at least 1");
  require(problems, settings.import_timeout > 0ms, "import.timeout", "must be more than 0");
  require(problems, settings.max_values_per_modify >= 1, "agent.max_values_per_modify", "must be at least 1");
  require(problems, settings.max_bytes_per_modify >= 1, "agent.max_bytes_per_modify", "must be at least 1");
  require(problems, settings.max_parallel_groups >= 1, "agent.max_parallel_groups", "must be at least 1");
  require(problems, settings.poll_wait > 0ms && settings.poll_wait <= proto::max_poll_wait, "agent.poll_wait",
          "must be more than 0 and at most 10 minutes");
  require(problems, settings.reconnect_base > 0ms, "agent.reconnect_base", "must be more than 0");
  require(problems, settings.reconnect_base <= settings.reconnect_max, "agent.reconnect_base",
          "must not be longer than reconnect_max");
  require(problems, settings.report_margin >= 0ms, "agent.report_margin", "must not be negative");
  require(problems, settings.settle_interval > 0ms, "agent.settle_interval", "must be more than 0");
  require(problems, settings.settle_interval < settings.settle, "agent.settle_interval",
          "must be shorter than settle: settling takes at least two reads");
  require(problems, settings.stop_grace >= 0ms, "agent.stop_grace", "must not be negative");
}

}  // namespace

Problems problems_of(const AgentSettings& settings) {
  Problems problems;
  check_hub(settings, problems);
  check_scope(settings.users, "import.user_bases", "import.user_filter", problems);
  check_scope(settings.groups, "import.group_bases", "import.group_filter", problems);
  check_numbers(settings, problems);
  if (auto policy = LastMember::parse(settings.last_member); !policy)
    problems.push_back({"agent.last_member", policy.error().message()});
  check_certificates(settings.directory, problems);
  for (Problem& problem : ldap::problems_of(settings.directory)) problems.push_back(std::move(problem));
  return problems;
}

}  // namespace dirbridge::agent
