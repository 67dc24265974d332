#include "doctor/examine.hpp"

#include <algorithm>

#include "doctor/access_advice.hpp"
#include "doctor/probes.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {

asio::awaitable<Examination> examine(Order order) {
  const auto& settings = order.settings;
  Examination out;
  auto& findings = out.findings;
  auto connection = co_await probe_servers(settings.directory, findings);
  if (!connection) {
    std::ranges::stable_sort(findings, {}, &Finding::check);
    co_return out;
  }
  Questioner server{std::move(connection), settings.directory.operation_timeout};

  const Answer identity = co_await server.who_am_i();
  if (!identity.lost.code)
    findings.push_back(judge_identity(identity.result, identity.value,
                                      settings.directory.bind_dn.empty() && !settings.directory.sasl_external &&
                                          settings.directory.kerberos.keytab_file.empty()));
  std::vector<std::string> everything{"*", "+"};
  const Answer root = co_await server.entry("", std::move(everything));
  if (!root.ok() || root.entries.empty()) {
    findings.push_back({Check::server, Severity::warning, "its root DSE cannot be read",
                        "let everybody read the root DSE: without it the server is treated as a generic one"});
  } else {
    const auto& entry = root.entries.front();
    out.kind = ldap::kind_of(entry);
    const std::string version = entry.first("vendorVersion");
    const bool unknown = out.kind == ldap::ServerKind::generic;
    findings.push_back({Check::server, unknown ? Severity::warning : Severity::ok,
                        std::string{ldap::to_text(out.kind)} + (version.empty() ? "" : " " + version),
                        unknown ? "not a server that Dirbridge is tested with" : ""});
    findings.push_back(judge_clock(parse_generalized_time(entry.first("currentTime")), system_clock().wall_now()));
    findings.push_back(judge_change_feeds(entry));
  }
  Known known;
  std::vector<ReadSeen> reads;
  reads.push_back(co_await read_users(server, settings, out.kind, known));
  reads.push_back(co_await read_groups(server, settings, out.kind, known));
  findings.push_back(judge_read(Check::users, reads.front()));
  findings.push_back(judge_read(Check::groups, reads.back()));
  findings.push_back(judge_limits(reads));
  findings.push_back(judge_read_speed(reads));
  co_await probe_rights(server, settings, out.kind, known, findings);
  co_await probe_ways(server, settings, out.kind, known, findings);
  if (!order.scratch_group.empty()) co_await probe_scratch(server, settings, order.scratch_group, known, findings);

  const auto& account =
      settings.directory.bind_dn.empty() ? settings.directory.kerberos.principal : settings.directory.bind_dn;
  out.advice = access_advice(out.kind, {account, settings.users.bases, settings.groups.bases});
  std::ranges::stable_sort(findings, {}, &Finding::check);
  co_return out;
}

}  // namespace dirbridge::doctor
