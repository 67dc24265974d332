// Does the server take a request as large as the largest modify of the agent? One whose limit is smaller ends the
// connection without a word, which looks like a crash of it.
#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "agent/directory_rules.hpp"
#include "doctor/probes.hpp"

namespace dirbridge::doctor {
namespace {

// What BER adds to the values of a modify, amply.
constexpr std::size_t around_the_values = 16 << 10;
// Of nobody (ITU-T X.667: made of a random UUID), so that every server passes it over, and none writes it to its log.
constexpr auto unknown_control = "2.25.296243514893427319538224391054218153961";

std::size_t largest_request(const agent::AgentSettings& settings, ldap::ServerKind kind) {
  const auto& rules = agent::rules_of(kind);
  return std::min(settings.max_bytes_per_modify, std::max(rules.max_bytes, rules.most_bytes)) + around_the_values;
}

}  // namespace

asio::awaitable<void> probe_request_size(const agent::AgentSettings& settings, ldap::ServerKind kind,
                                         Findings& findings) {
  // Samba takes no search of more than 256,000 bytes ("ldap max search request size"), and modifies of 16 MiB; Active
  // Directory takes 10 MB (MaxReceiveBuffer). A search would tell nothing of a modify.
  if (kind == ldap::ServerKind::active_directory) co_return;
  const auto executor = co_await asio::this_coro::executor;
  for (const auto& text : settings.directory.urls) {
    const auto url = ldap::ServerUrl::parse(text);
    if (!url) continue;
    auto wanted = ldap::connection_settings(settings.directory, *url);
    if (!wanted) continue;
    auto opened = co_await ldap::Connection::open(executor, std::move(*wanted));
    if (!opened.connection) continue;
    Questioner server{std::move(opened.connection), settings.directory.operation_timeout};
    SizeTry seen;
    seen.bytes = largest_request(settings, kind);
    // A search of the root DSE: the weight is in a control that is not critical.
    std::vector<std::string> attributes{"1.1"};
    std::vector<ldap::Control> controls;
    controls.push_back({unknown_control, std::string(seen.bytes, 'x'), false});
    const Answer answer = co_await server.entry("", std::move(attributes), std::move(controls));
    seen.lost = answer.lost;
    findings.push_back(judge_request_size(seen));
    co_return;
  }
}

}  // namespace dirbridge::doctor
