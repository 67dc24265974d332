// Tries each way to follow changes that a server of this kind may have, with searches of one entry.
#include "doctor/probes.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

// A search that is told of changes says nothing until there is one; a refusal comes at once.
constexpr milliseconds quiet{250};

ldap::SearchRequest one_entry(std::string base, std::string filter = "(objectClass=*)",
                              std::vector<std::string> attributes = {"1.1"}) {
  return {std::move(base), ldap::Scope::base, std::move(filter), std::move(attributes), 0};
}

void judge(Findings& findings, FeedTry seen, const Answer& answer) {
  if (answer.lost.code)
    return findings.push_back({Check::change_feed, Severity::info, seen.name + ": " + answer.lost.message()});
  seen.result = answer.result;
  findings.push_back(judge_feed(seen));
}

asio::awaitable<void> try_content_sync(Questioner& server, const std::string& base, Findings& findings) {
  FeedTry seen{.name = "content synchronisation (RFC 4533)", .result = {}};
  std::vector<ldap::Control> controls;
  controls.push_back(ldap::sync_request());
  auto request = one_entry(base);
  Answer answer = co_await server.entries(request, std::move(controls));
  // The control's answer, and that its cookie is good for going on.
  const auto* done = ldap::find_control(answer.controls, ldap::sync_done_oid);
  const auto cookie = done == nullptr ? result<std::string>{std::string{}} : ldap::sync_cookie(done->value);
  seen.has_shown = cookie && !cookie->empty();
  if (answer.ok() && seen.has_shown) {
    std::vector<ldap::Control> again;
    again.push_back(ldap::sync_request(*cookie));
    answer = co_await server.entries(std::move(request), std::move(again));
  }
  seen.to_allow = "389 DS: let it read oid=1.3.6.1.4.1.4203.1.9.1.1,cn=features,cn=config";
  judge(findings, std::move(seen), answer);
}

asio::awaitable<void> try_listening(Questioner& server, std::string name, const std::string& base,
                                    ldap::Control control, std::string note, Findings& findings) {
  auto request = one_entry(base);
  const Answer answer = co_await server.listen(std::move(request), std::move(control), quiet);
  FeedTry seen{.name = std::move(name), .result = {}};
  seen.note = std::move(note);
  judge(findings, std::move(seen), answer);
}

asio::awaitable<void> try_changelog(Questioner& server, const ldap::Entry& root_dse, Findings& findings) {
  FeedTry seen{.name = "retro changelog", .result = {}};
  const auto base = root_dse.first("changelog");
  if (base.empty()) {
    seen.result.code = 12;
    findings.push_back(judge_feed(seen));
    co_return;
  }
  auto last = root_dse.first("lastChangeNumber");
  if (last.empty()) last = "1";
  ldap::SearchRequest request{base, ldap::Scope::one_level, "(changeNumber>=" + last + ")", {"changeNumber"}, 0};
  const Answer answer = co_await server.entries(std::move(request));
  seen.has_shown = !answer.entries.empty();
  seen.to_allow = "let the account read " + base;
  judge(findings, std::move(seen), answer);
}

// In the whole naming context, which is where DirSync must begin; the filter leaves at most its head.
asio::awaitable<void> try_dir_sync(Questioner& server, const ldap::Entry& root_dse, Findings& findings) {
  for (const bool object_security : {false, true}) {
    FeedTry seen{.name = object_security ? "DirSync with object security" : "DirSync", .result = {}};
    auto request = one_entry(root_dse.first("defaultNamingContext"), "(objectClass=domainDNS)");
    request.scope = ldap::Scope::subtree;
    std::vector<ldap::Control> controls;
    controls.push_back(ldap::dir_sync(object_security));
    const Answer answer = co_await server.entries(std::move(request), std::move(controls));
    seen.has_shown = ldap::find_control(answer.controls, ldap::dir_sync_oid) != nullptr;
    seen.to_allow = "grant \"Replicating Directory Changes\" on the naming context";
    seen.note = object_security ? "with what the account may read" : "";
    const bool works = answer.ok() && seen.has_shown;
    judge(findings, std::move(seen), answer);
    if (works) co_return;
  }
}

// Entries above a mark that polling would keep; this one is below all.
asio::awaitable<void> try_polling(Questioner& server, const std::string& base, std::string attribute, std::string from,
                                  std::string note, Findings& findings) {
  auto request = one_entry(base, "(" + attribute + ">=" + from + ")", {attribute});
  const Answer answer = co_await server.entries(std::move(request));
  FeedTry seen{.name = "polling by " + attribute, .result = {}};
  seen.has_shown = !answer.entries.empty() && !answer.entries.front().first(attribute).empty();
  seen.to_allow = "let the account read and search " + attribute;
  seen.note = std::move(note);
  judge(findings, std::move(seen), answer);
}

}  // namespace

asio::awaitable<void> probe_feeds(Questioner& server, const agent::AgentSettings& settings, ServerKind kind,
                                  const ldap::Entry& root_dse, Findings& findings) {
  if (settings.groups.bases.empty()) co_return;
  const auto& base = settings.groups.bases.front();
  const std::string no_deletions = "deleted entries are not told";
  if (kind == ServerKind::active_directory) {
    co_await try_dir_sync(server, root_dse, findings);
    co_await try_listening(server, "change notification", base, ldap::change_notification(), no_deletions, findings);
    co_await try_polling(server, base, "uSNChanged", "1", "deleted entries only if CN=Deleted Objects may be read",
                         findings);
    co_return;
  }
  co_await try_content_sync(server, base, findings);
  if (kind != ServerKind::openldap)
    co_await try_listening(server, "persistent search", base, ldap::persistent_search(), {}, findings);
  if (kind == ServerKind::ds389) co_await try_changelog(server, root_dse, findings);
  co_await try_polling(server, base, "modifyTimestamp", "19700101000000Z", no_deletions, findings);
}

}  // namespace dirbridge::doctor
