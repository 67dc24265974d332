#include "agent/settings.hpp"

#include "agent/directory_rules.hpp"
#include "agent/import_map.hpp"
#include "ldap/filter.hpp"
#include "net/http_client.hpp"
#include "proto/frames.hpp"

namespace dirbridge::agent {
namespace {

class Problems {
 public:
  void add(std::string_view key, std::string_view what) {
    if (!text_.empty()) text_ += '\n';
    text_.append(key).append(": ").append(what);
  }
  void check(bool good, std::string_view key, std::string_view what) {
    if (!good) add(key, what);
  }
  result<void> verdict() const {
    if (text_.empty()) return {};
    return Error{errc::configuration, text_};
  }

 private:
  std::string text_;
};

void check_hub(const AgentSettings& settings, Problems& problems) {
  const auto url = net::parse_url(settings.hub_url);
  if (!url)
    problems.add("agent.hub_url", settings.hub_url.empty() ? "is not set" : url.error().message());
  else if (url->scheme != "ws" && url->scheme != "wss")
    problems.add("agent.hub_url", "must begin with wss:// (or ws://)");
  else if (!url->secure() && !url->is_loopback() && !settings.allow_plain)
    problems.add("agent.hub_url", "ws:// to another machine sends everything in clear; use wss://, or set allow_plain");
  if (!settings.proxy_url.empty()) {
    const auto proxy = net::parse_url(settings.proxy_url);
    problems.check(proxy && proxy->scheme == "http", "agent.proxy_url", "must be http://host:port");
  }
  problems.check(settings.proxy_url.empty() ? settings.proxy_user.empty() : true, "agent.proxy_user",
                 "needs proxy_url");
  problems.check(!settings.state_dir.empty(), "agent.state_dir", "is not set");
}

void check_scope(const ImportScope& scope, std::string_view bases_key, std::string_view filter_key,
                 Problems& problems) {
  if (auto bases = distinct_bases(scope.bases); !bases) problems.add(bases_key, bases.error().message());
  if (scope.bases.empty()) problems.add(bases_key, "names no base: there would be nothing to import");
  if (auto filter = ldap::Filter::parse(scope.filter); !filter) problems.add(filter_key, filter.error().message());
}

void check_numbers(const AgentSettings& settings, Problems& problems) {
  problems.check(settings.credit >= 1, "agent.credit", "must be at least 1");
  problems.check(settings.page_size >= 1, "import.page_size", "must be at least 1");
  problems.check(settings.max_values_per_modify >= 1, "agent.max_values_per_modify", "must be at least 1");
  problems.check(settings.max_bytes_per_modify >= 1, "agent.max_bytes_per_modify", "must be at least 1");
  problems.check(settings.max_parallel_groups >= 1, "agent.max_parallel_groups", "must be at least 1");
  problems.check(settings.poll_wait > 0ms && settings.poll_wait <= proto::max_poll_wait, "agent.poll_wait",
                 "must be more than 0 and at most 10 minutes");
  problems.check(settings.reconnect_base > 0ms, "agent.reconnect_base", "must be more than 0");
  problems.check(settings.reconnect_base <= settings.reconnect_max, "agent.reconnect_base",
                 "must not be longer than reconnect_max");
  problems.check(settings.report_margin >= 0ms, "agent.report_margin", "must not be negative");
  problems.check(settings.settle_interval > 0ms, "agent.settle_interval", "must be more than 0");
  problems.check(settings.settle_interval < settings.settle, "agent.settle_interval",
                 "must be shorter than settle: settling takes at least two reads");
  problems.check(settings.stop_grace >= 0ms, "agent.stop_grace", "must not be negative");
}

}  // namespace

result<void> check(const AgentSettings& settings) {
  Problems problems;
  check_hub(settings, problems);
  check_scope(settings.users, "import.user_bases", "import.user_filter", problems);
  check_scope(settings.groups, "import.group_bases", "import.group_filter", problems);
  check_numbers(settings, problems);
  if (auto policy = LastMember::parse(settings.last_member); !policy)
    problems.add("agent.last_member", policy.error().message());
  if (auto directory = ldap::check(settings.directory); !directory) problems.add("ldap", directory.error().message());
  return problems.verdict();
}

}  // namespace dirbridge::agent
