// What the account may do outside the bases that it is configured for: groups elsewhere, other accounts' names, the
// secrets of a whole domain.
#include <algorithm>

#include "base/text.hpp"
#include "doctor/descriptor.hpp"
#include "doctor/probes.hpp"
#include "ldap/control.hpp"

namespace dirbridge::doctor {
namespace {

using ldap::ServerKind;

constexpr std::size_t groups_tried = 50;
constexpr std::size_t groups_remembered = 2'000;
constexpr std::size_t users_tried = 10;

// Groups of the whole server that lie in none of the bases. Where the account may not search from the top it may still
// do so among the users.
asio::awaitable<std::vector<Target>> groups_elsewhere(Questioner& server, const agent::AgentSettings& settings,
                                                      std::vector<std::string> tops, std::size_t& all) {
  tops.insert(tops.end(), settings.users.bases.begin(), settings.users.bases.end());
  std::set<std::string> met;
  std::vector<ldap::Dn> bases;
  for (const auto& base : settings.groups.bases)
    if (auto name = ldap::Dn::parse(base)) bases.push_back(std::move(*name));
  std::vector<Target> found;
  std::function<void(const ldap::Entry&)> take = [&](const ldap::Entry& entry) {
    const auto name = ldap::Dn::parse(entry.dn);
    if (!name || std::ranges::any_of(bases, [&](const auto& base) { return name->is_within(base); })) return;
    if (!met.insert(name->canonical()).second) return;
    ++all;
    if (found.size() == groups_remembered) return;
    const auto* classes = entry.find("objectClass");
    const bool is_unique = classes != nullptr && std::ranges::any_of(classes->values, [](const std::string& one) {
                             return equals_ignore_case(one, "groupOfUniqueNames");
                           });
    found.push_back({entry.dn, is_unique ? "uniqueMember" : "member"});
  };
  for (const auto& top : tops) {
    ldap::SearchRequest request;
    request.base = top;
    request.filter = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=group))";
    request.attributes = {"objectClass"};
    co_await server.search(std::move(request), take);
  }
  co_return found;
}

// RFC 4370. An account that may act as another may do whatever that one may. OpenLDAP asks who may be named: each of
// `users` is tried. 389 DS asks for the right on the entry that is looked at, whoever is named, and shows none of it
// without: our own name shows what others might not see.
asio::awaitable<std::vector<std::string>> act_as(Questioner& server, ServerKind kind, const Whoami& self,
                                                 const std::vector<KnownUser>& users) {
  std::vector<std::string> granted;
  const bool by_name = kind == ServerKind::openldap;
  if (!by_name && self.dn.empty()) co_return granted;
  for (const auto& user : users) {
    std::vector<std::string> nothing{"1.1"};
    std::vector<ldap::Control> controls;
    controls.push_back(ldap::proxied_authorization(by_name ? user.dn : self.dn));
    const Answer answer = co_await server.entry(user.dn, std::move(nothing), std::move(controls));
    if (answer.ok() && (by_name || !answer.entries.empty()))
      granted.push_back((by_name ? "act as " : "act as others on ") + user.dn);
  }
  co_return granted;
}

asio::awaitable<bool> may_replicate_secrets(Questioner& server, std::string domain, const Whoami& self) {
  std::vector<std::string> attributes{"nTSecurityDescriptor"};
  std::vector<ldap::Control> controls;
  controls.push_back(ldap::owner_and_access());
  const Answer answer = co_await server.entry(std::move(domain), std::move(attributes), std::move(controls));
  if (!answer.ok() || answer.entries.empty()) co_return false;
  const auto seen = parse_descriptor(answer.entries.front().first("nTSecurityDescriptor"));
  co_return seen&& is_granted(*seen, self.sids, right::control_access, replicate_secrets());
}

}  // namespace

asio::awaitable<void> probe_reach(Questioner& server, const agent::AgentSettings& settings, ServerKind kind,
                                  const Known& known, const Whoami& self, OtherRights& rights) {
  auto elsewhere = co_await groups_elsewhere(server, settings, known.contexts, rights.all_outside);
  const ldap::Dn absent = absent_name(settings.groups.bases.front());
  rights.outside = co_await try_deletes(server, kind, some_evenly(elsewhere, groups_tried), absent);
  if (kind == ServerKind::active_directory) {
    for (const auto& domain : known.contexts) {
      const bool may = co_await may_replicate_secrets(server, domain, self);
      if (may) rights.granted.push_back("replicate the secrets of " + domain);
    }
    co_return;
  }
  auto named = co_await act_as(server, kind, self, some_evenly(others_than(self, known.users), users_tried));
  for (auto& one : named) rights.granted.push_back(std::move(one));
}

}  // namespace dirbridge::doctor
