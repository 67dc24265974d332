#include "doctor/examine.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "base/text.hpp"
#include "doctor/access_advice.hpp"
#include "doctor/probes.hpp"
#include "ldap/own_rights.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::doctor {
namespace {

// With a blank or a comma before it; empty where the server keeps it to itself.
asio::awaitable<std::string> version_of(Questioner& server, ldap::ServerKind kind, const ldap::Entry& root_dse) {
  auto version = root_dse.first("vendorVersion");
  if (kind == ldap::ServerKind::openldap && version.empty()) {
    std::vector<std::string> attributes{"monitoredInfo"};
    const Answer monitor = co_await server.entry("cn=Monitor", std::move(attributes));
    if (!monitor.entries.empty()) version = monitor.entries.front().first("monitoredInfo");
  }
  std::string text;
  if (!version.empty())
    text += (kind == ldap::ServerKind::active_directory ? " (Samba " + version + ")" : " " + version);
  const auto level = root_dse.first("domainControllerFunctionality");
  if (!level.empty()) text += ", functional level " + level;
  co_return text;
}

// Samba does not know "Who am I?", but shows whose rights we have: the first of the root DSE's tokenGroups is we.
asio::awaitable<std::string> name_of(Questioner& server, std::string sid) {
  if (sid == "S-1-5-7") co_return std::string{};  // anonymous
  std::vector<std::string> attributes{"sAMAccountName"};
  const Answer answer = co_await server.entry("<SID=" + sid + ">", std::move(attributes));
  const auto name = answer.entries.empty() ? std::string{} : answer.entries.front().first("sAMAccountName");
  co_return name.empty() ? sid : "u:" + name + " (" + sid + ")";
}

Whoami whoami(const std::string& identity, const ldap::Entry& root_dse) {
  Whoami self;
  self.dn = ldap::dn_of_identity(identity);
  const auto* tokens = root_dse.find("tokenGroups");
  if (tokens == nullptr) return self;
  self.sid = sid_text(root_dse.first("tokenGroups"));
  for (const auto& value : tokens->values) self.sids.insert(sid_text(value));
  // Everyone, and whoever is authenticated.
  self.sids.insert({"S-1-1-0", "S-1-5-11"});
  return self;
}

// Rights of the first server; where it takes no changes, of the first behind it that does, which serves from then on.
asio::awaitable<void> probe_rights_somewhere(std::unique_ptr<Questioner>& server, const Order& order,
                                             const std::vector<ldap::ServerUrl>& others, ldap::ServerKind kind,
                                             const Known& known, const Whoami& self, Findings& findings) {
  const auto& settings = order.settings;
  Findings rights;
  const bool is_primary = co_await probe_rights(*server, settings, kind, known, self, rights);
  const auto executor = co_await asio::this_coro::executor;
  for (const auto& url : others) {
    if (is_primary) break;
    auto wanted = ldap::connection_settings(settings.directory, url);
    if (!wanted) continue;
    auto opened = co_await ldap::Connection::open(executor, std::move(*wanted));
    if (!opened.connection) continue;
    auto next = std::make_unique<Questioner>(std::move(opened.connection), settings.directory.operation_timeout);
    Findings there;
    const bool takes_changes = co_await probe_rights(*next, settings, kind, known, self, there);
    if (!takes_changes) continue;
    rights = std::move(there);
    rights.push_back(judge_copy(server->url(), next->url()));
    server = std::move(next);
    break;
  }
  findings.insert(findings.end(), rights.begin(), rights.end());
}

}  // namespace

asio::awaitable<Examination> examine(Order order) {
  const auto& settings = order.settings;
  Examination out;
  auto& findings = out.findings;
  auto servers = co_await probe_servers(settings.directory, findings);
  if (!servers.first) {
    std::ranges::stable_sort(findings, {}, &Finding::check);
    co_return out;
  }
  auto asked = std::make_unique<Questioner>(std::move(servers.first), settings.directory.operation_timeout);
  Questioner& server = *asked;

  Answer identity = co_await server.who_am_i();
  // Samba shows some of these only to those who name them.
  std::vector<std::string> everything{"*",           "+",          "tokenGroups",   "defaultNamingContext",
                                      "currentTime", "vendorName", "vendorVersion", "domainControllerFunctionality"};
  ldap::Entry root_dse;
  ServerTime clock;
  const Answer root = co_await server.entry("", std::move(everything));
  if (!root.ok() || root.entries.empty()) {
    findings.push_back({Check::server, Severity::warning, "its root DSE cannot be read",
                        "let everybody read the root DSE: without it the server is treated as a generic one"});
  } else {
    const auto& entry = root.entries.front();
    out.kind = ldap::kind_of(entry);
    const std::string version = co_await version_of(server, out.kind, entry);
    const bool unknown = out.kind == ldap::ServerKind::generic;
    findings.push_back({Check::server, unknown ? Severity::warning : Severity::ok,
                        std::string{ldap::to_text(out.kind)} + version,
                        unknown ? "not a server that Dirbridge is tested with" : ""});
    clock = ServerTime{parse_generalized_time(entry.first("currentTime")), system_clock().wall_now()};
    root_dse = entry;
  }
  const auto sid = sid_text(root_dse.first("tokenGroups"));
  if (!identity.lost.code && !identity.result.ok() && !sid.empty()) {
    identity.result = {};
    identity.value = co_await name_of(server, sid);
  }
  if (!identity.lost.code)
    findings.push_back(judge_identity(identity.result, identity.value,
                                      settings.directory.bind_dn.empty() && !settings.directory.sasl_external &&
                                          settings.directory.kerberos.keytab_file.empty()));
  Known known;
  if (const auto domain = root_dse.first("defaultNamingContext"); !domain.empty())
    known.contexts.emplace_back(domain);
  else if (const auto* contexts = root_dse.find("namingContexts"))
    known.contexts = contexts->values;
  std::vector<ReadSeen> reads;
  reads.push_back(co_await read_users(server, settings, out.kind, known));
  reads.push_back(co_await read_groups(server, settings, out.kind, known));
  findings.push_back(judge_read(Check::users, reads.front()));
  findings.push_back(judge_read(Check::groups, reads.back()));
  findings.push_back(judge_limits(reads));
  findings.push_back(judge_read_speed(reads));
  co_await probe_request_size(settings, out.kind, findings);
  const Whoami self = whoami(identity.value, root_dse);
  co_await probe_rights_somewhere(asked, order, servers.others, out.kind, known, self, findings);
  MemberOfSeen member_of;
  co_await probe_ways(*asked, settings, out.kind, known, member_of, findings);
  co_await probe_stand_in(*asked, settings, out.kind, findings);
  if (!order.scratch_group.empty()) {
    Scratch unwatched;
    Scratch& scratch = order.scratch != nullptr ? *order.scratch : unwatched;
    const auto stamped =
        co_await probe_scratch(*asked, settings, out.kind, order.scratch_group, known, scratch, member_of, findings);
    if (stamped && !clock.server) clock = *stamped;
    if (scratch.ends_early) co_return out;
  }
  if (auto finding = judge_member_of(member_of)) findings.push_back(std::move(*finding));
  findings.push_back(judge_clock(clock.server, clock.ours, clock.why));
  co_await probe_feeds(*asked, settings, out.kind, root_dse, findings);

  const auto& name =
      settings.directory.bind_dn.empty() ? settings.directory.kerberos.principal : settings.directory.bind_dn;
  AgentAccount account{name, settings.users.bases, settings.groups.bases};
  account.sid = sid;
  if (identity.value.starts_with("u:") && identity.value.find('\\') != std::string::npos)
    account.login = identity.value.substr(2);
  out.advice = access_advice(out.kind, account);
  std::ranges::stable_sort(findings, {}, &Finding::check);
  co_return out;
}

}  // namespace dirbridge::doctor
