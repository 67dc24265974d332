#include "agent/whereabouts.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <set>

#include "base/text.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"
#include "net/deadline.hpp"

namespace dirbridge::agent {
namespace {

// The part of a name in Active Directory that is the domain's: "DC=corp,DC=org". Empty: it has none.
std::string domain_of(const std::string& dn) {
  const auto lower = to_lower(dn);
  for (auto at = lower.find(",dc="); at != std::string::npos; at = lower.find(",dc=", at + 1))
    if (at == 0 || lower[at - 1] != '\\') return dn.substr(at + 1);
  return {};
}

// As many as slapd answers without waiting for us; far below the window of the connection.
constexpr std::size_t searches_at_once = 32;
constexpr int insufficient_rights = 50;

milliseconds left_until(TimePoint deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::max(left, milliseconds{1});
}

// As foreign security principals are.
bool is_named_by_sid(const ldap::Dn& name) { return name.canonical().starts_with("cn=s-1-"); }

// An account that sees nothing would find everything gone: what was not found counts only if each base can be seen.
asio::awaitable<result<void>> expect_visible(ldap::Directory& directory, const std::vector<std::string>& bases,
                                             TimePoint deadline) {
  for (const auto& base : bases) {
    ldap::SearchRequest search{base, ldap::Scope::base, "(objectClass=*)", {"1.1"}, 0};
    const auto seen = co_await find_one(directory, std::move(search), deadline);
    if (!seen) co_return seen.error();
    if (!*seen)
      co_return Error{errc::denied, "the agent's account cannot see " + base +
                                        ", so what is not found below it may be there: grant it read access, or bind "
                                        "as another account (ldap.bind_dn)"};
  }
  co_return result<void>{};
}

asio::awaitable<result<std::optional<ldap::Dn>>> locate(ldap::Directory& directory, ldap::ServerKind kind,
                                                        const std::vector<std::string>& bases, std::string stable_id,
                                                        TimePoint deadline) {
  const auto filter = ldap::stable_id_filter(kind, stable_id).text();
  for (const auto& base : bases) {
    ldap::SearchRequest search{base, ldap::Scope::subtree, filter, {"1.1"}, 0};
    const auto found = co_await find_one(directory, std::move(search), deadline);
    if (!found) co_return found.error();
    if (!*found) continue;
    auto name = ldap::Dn::parse((*found)->dn);
    if (!name) co_return name.error();
    name->identify(std::move(stable_id));
    co_return std::optional{std::move(*name)};
  }
  const auto visible = co_await expect_visible(directory, bases, deadline);
  if (!visible) co_return visible.error();
  co_return std::optional<ldap::Dn>{};
}

bool is_nowhere(const Whereabouts& seen) {
  return seen.place == Whereabouts::Place::gone || seen.place == Whereabouts::Place::replaced;
}

class Looking : public std::enable_shared_from_this<Looking> {
 public:
  Looking(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory, ldap::ServerKind kind,
          std::vector<std::string> bases, LookRequest request)
      : executor_(executor),
        directory_(std::move(directory)),
        kind_(kind),
        bases_(std::move(bases)),
        request_(std::move(request)),
        changed_(std::move(executor)) {}

  asio::awaitable<result<Sight>> run() {
    co_await look_where_they_were();
    if (!failure_) co_await look_at_group();
    const bool wanted = request_.find_values && sight_.group.place != Whereabouts::Place::gone;
    const auto workers = wanted ? std::min(searches_at_once, questions_.size()) : 0;
    for (std::size_t i = 0; i < workers && !failure_; ++i)
      start([](std::shared_ptr<Looking> me) -> asio::awaitable<void> {
        co_await me->look_at_values();
      }(shared_from_this()));
    // Every search has its own deadline: this ends.
    while (working_ > 0) co_await changed_.wait(TimePoint::max());
    if (failure_) co_return std::move(*failure_);
    co_return std::move(sight_);
  }

 private:
  struct Question {
    std::size_t value = 0;
    bool strayed = false;  // it is not where it was
  };

  void fail(Error error) {
    if (!failure_) failure_ = std::move(error);
  }

  void start(asio::awaitable<void> part) {
    ++working_;
    asio::co_spawn(executor_, work(shared_from_this(), std::move(part)), asio::detached);
  }

  static asio::awaitable<void> work(std::shared_ptr<Looking> self, asio::awaitable<void> part) {
    std::string thrown;
    try {
      co_await std::move(part);
    } catch (const std::exception& error) {
      thrown = error.what();
    }
    if (!thrown.empty()) self->fail({errc::unavailable, thrown});
    --self->working_;
    self->changed_.notify();
  }

  // The group and the values, in one go: nearly always this is all there is to ask.
  asio::awaitable<void> look_where_they_were() {
    sight_.values.resize(request_.values.size());
    std::vector<ldap::Dn> names;
    if (request_.find_group) names.push_back(request_.group);
    const auto first_value = names.size();
    if (request_.find_values) names.insert(names.end(), request_.values.begin(), request_.values.end());
    if (names.empty()) co_return;
    const auto count = names.size();
    const auto here = co_await directory_->are_here(std::move(names), request_.deadline);
    if (!here) co_return fail(here.error());
    group_strayed_ = request_.find_group && !here->front();
    for (std::size_t i = first_value; i < count; ++i)
      if (request_.other_memberships || !(*here)[i]) questions_.push_back({i - first_value, !(*here)[i]});
  }

  asio::awaitable<void> look_at_values() {
    while (next_ < questions_.size() && !failure_) {
      const auto mine = next_++;
      co_await look_at(questions_[mine]);
    }
  }

  asio::awaitable<void> look_at_group() {
    if (group_strayed_) sight_.group = co_await find(request_.group);
    if (failure_ || sight_.group.place == Whereabouts::Place::gone) co_return;
    if (sight_.group.place == Whereabouts::Place::moved) request_.group = sight_.group.now;
    if (!request_.stand_in.empty()) {
      std::vector<ldap::Dn> asked{request_.stand_in};
      const auto held =
          co_await directory_->has_values(request_.group, request_.attribute, std::move(asked), request_.deadline);
      // One that may not be seen stays; the change is possible all the same.
      if (held)
        sight_.holds_stand_in = held->front();
      else if (held.error().code != errc::denied)
        fail(held.error());
    }
    if (!request_.other_memberships || failure_) co_return;
    ldap::SearchRequest search{
        ldap::wire_name(request_.group, kind_), ldap::Scope::base, "(objectClass=*)", {"primaryGroupToken"}, 0};
    auto group = co_await find_one(*directory_, std::move(search), request_.deadline);
    if (!group)
      fail(group.error());
    else if (*group)
      co_await find_primary_tokens(**group);
  }

  // Of the group, and of those below it: memberOf and its chain leave out whoever is in one of them by primaryGroupID.
  asio::awaitable<void> find_primary_tokens(const ldap::Entry& group) {
    primary_token_ = group.first("primaryGroupToken");
    const auto domain = domain_of(group.dn);
    if (domain.empty()) co_return;
    ldap::EntrySink sink = [this](ldap::Entry entry) -> asio::awaitable<void> {
      // One that is not shown is not the absent primaryGroupID of a value that is a group.
      if (auto token = entry.first("primaryGroupToken"); !token.empty()) tokens_below_.insert(std::move(token));
      co_return;
    };
    ldap::SearchRequest search{
        domain, ldap::Scope::subtree, "(&(objectClass=group)" + in_chain() + ")", {"primaryGroupToken"}};
    const auto left = std::chrono::ceil<milliseconds>(request_.deadline - std::chrono::steady_clock::now());
    auto searching = directory_->search(std::move(search), std::move(sink), std::max(left, milliseconds{1}));
    const auto found = co_await net::with_deadline(std::move(searching), request_.deadline);
    if (!found)
      fail({errc::timed_out, "the groups below the group could not be read in time"});
    else if (!*found)
      fail(found->error());
  }

  // 1.2.840.113556.1.4.1941, matching rule in chain: a member of a member (MS-ADTS 3.1.1.3.4.4.3).
  std::string in_chain() const {
    return "(memberOf:1.2.840.113556.1.4.1941:=" + ldap::escape_filter_value(ldap::wire_name(request_.group, kind_)) +
           ")";
  }

  asio::awaitable<void> look_at(Question question) {
    const auto& value = request_.values[question.value];
    auto& seen = sight_.values[question.value];
    if (question.strayed) {
      seen = co_await find(value);
      if (!failure_ && seen.place == Whereabouts::Place::gone) co_await look_outside(value, seen);
      if (!failure_ && question.value >= request_.adds) co_await look_at_old_name(value, seen);
    }
    if (failure_ || !request_.other_memberships || is_nowhere(seen)) co_return;
    const auto name = ldap::wire_name(value, kind_);
    bool inherited = false;
    if (!primary_token_.empty()) {
      ldap::SearchRequest search{name, ldap::Scope::base, "(primaryGroupID=*)", {"primaryGroupID"}, 0};
      const auto found = co_await find_one(*directory_, std::move(search), request_.deadline);
      if (!found) co_return fail(found.error());
      const auto token = *found ? (*found)->first("primaryGroupID") : std::string{};
      if (token == primary_token_) seen.membership = Whereabouts::Membership::primary;
      inherited = tokens_below_.contains(token);
    }
    if (seen.membership != Whereabouts::Membership::none) co_return;
    if (!inherited) {
      ldap::SearchRequest search{name, ldap::Scope::base, in_chain(), {"1.1"}, 0};
      const auto found = co_await find_one(*directory_, std::move(search), request_.deadline);
      if (!found) co_return fail(found.error());
      inherited = found->has_value();
    }
    if (!inherited && is_named_by_sid(value)) {
      // Few may read memberOf of such an entry; the groups' own members they may.
      const auto below = "(member:1.2.840.113556.1.4.1941:=" + ldap::escape_filter_value(name) + ")";
      ldap::SearchRequest from_group{ldap::wire_name(request_.group, kind_), ldap::Scope::base, below, {"1.1"}, 0};
      const auto has = co_await find_one(*directory_, std::move(from_group), request_.deadline);
      if (!has) co_return fail(has.error());
      inherited = has->has_value();
    }
    if (inherited) seen.membership = Whereabouts::Membership::inherited;
    if (request_.find_foreign) co_await look_for_foreign(name, seen);
  }

  asio::awaitable<void> look_for_foreign(std::string name, Whereabouts& seen) {
    const auto filter = ldap::Filter::equality("objectClass", "foreignSecurityPrincipal").text();
    ldap::SearchRequest search{std::move(name), ldap::Scope::base, filter, {"1.1"}, 0};
    const auto found = co_await find_one(*directory_, std::move(search), request_.deadline);
    if (!found) co_return fail(found.error());
    seen.is_foreign = found->has_value();
  }

  // An entry that is not where it was.
  asio::awaitable<Whereabouts> find(const ldap::Dn& name) {
    Whereabouts seen;
    auto elsewhere = co_await locate(*directory_, kind_, bases_, name.stable_id(), request_.deadline);
    if (!elsewhere) {
      fail(elsewhere.error());
      co_return seen;
    }
    seen.place = *elsewhere ? Whereabouts::Place::moved : Whereabouts::Place::gone;
    if (*elsewhere) seen.now = std::move(**elsewhere);
    co_return seen;
  }

  // Below none of the bases: somebody may have moved it out of them.
  asio::awaitable<void> look_outside(const ldap::Dn& name, Whereabouts& seen) {
    ldap::SearchRequest of_server{"", ldap::Scope::base, "(objectClass=*)", {"namingContexts"}, 0};
    const auto root = co_await find_one(*directory_, std::move(of_server), request_.deadline);
    if (!root) co_return fail(root.error());
    const auto* const contexts = *root ? (*root)->find("namingContexts") : nullptr;
    if (contexts == nullptr) co_return;
    for (const auto& context : contexts->values) {
      const auto base = ldap::Dn::parse(context);
      if (!base || !name.is_within(*base)) continue;
      const auto filter = ldap::stable_id_filter(kind_, name.stable_id()).text();
      ldap::SearchRequest search{context, ldap::Scope::subtree, filter, {"1.1"}, 0};
      const auto found = co_await find_one(*directory_, std::move(search), request_.deadline);
      // An account that may see its bases only: then they are all there is for it.
      if (!found && found.error().code == ldap::make_code(insufficient_rights)) continue;
      if (!found) co_return fail(found.error());
      if (!*found) continue;
      auto now = ldap::Dn::parse((*found)->dn);
      if (!now) co_return fail(now.error());
      seen.place = Whereabouts::Place::outside;
      seen.now = std::move(*now);
      seen.now.identify(name.stable_id());
      co_return;
    }
  }

  // Of an entry that is not under it any more. Whoever has the name now must not leave in its place. If nobody has it
  // and the group holds it, and not the new one, then it is what is to leave: no server has renamed it in the group.
  asio::awaitable<void> look_at_old_name(const ldap::Dn& name, Whereabouts& seen) {
    ldap::SearchRequest search{ldap::dn_for(name, kind_),
                               ldap::Scope::base,
                               "(objectClass=*)",
                               {std::string{ldap::stable_id_attribute(kind_)}},
                               0};
    const auto found = co_await find_one(*directory_, std::move(search), request_.deadline);
    if (!found) co_return fail(found.error());
    if (*found) {
      const auto id = ldap::stable_id_of(**found, kind_);
      if (seen.place == Whereabouts::Place::gone && !id.empty() && id != name.stable_id())
        seen.place = Whereabouts::Place::replaced;
      co_return;
    }
    if (is_nowhere(seen)) co_return;
    std::vector<ldap::Dn> names{name, seen.now};
    const auto held =
        co_await directory_->has_values(request_.group, request_.attribute, std::move(names), request_.deadline);
    if (!held && held.error().code == errc::denied) co_return;
    if (!held) co_return fail(held.error());
    if (held->front() && !held->back()) seen = {};
  }

  asio::any_io_executor executor_;
  std::shared_ptr<ldap::Directory> directory_;
  ldap::ServerKind kind_;
  std::vector<std::string> bases_;
  LookRequest request_;
  net::Signal changed_;
  Sight sight_;
  std::string primary_token_;
  std::set<std::string> tokens_below_;
  std::optional<Error> failure_;
  bool group_strayed_ = false;
  std::vector<Question> questions_;  // what is left to ask about values
  std::size_t next_ = 0;
  std::size_t working_ = 0;
};

}  // namespace

asio::awaitable<result<std::optional<ldap::Entry>>> find_one(ldap::Directory& directory, ldap::SearchRequest request,
                                                             TimePoint deadline) {
  std::optional<ldap::Entry> found;
  ldap::EntrySink sink = [&found](ldap::Entry entry) -> asio::awaitable<void> {
    if (!found) found = std::move(entry);
    co_return;
  };
  // The whole of it: a server that never comes to an end must not hold a group's lane.
  const auto searched = co_await net::with_deadline(
      directory.search(std::move(request), std::move(sink), left_until(deadline)), deadline);
  if (!searched) co_return Error{errc::timed_out, "the look at an entry took too long"};
  if (!*searched && !(searched->error().code == ldap::condition::not_found)) co_return searched->error();
  if (!*searched) co_return std::optional<ldap::Entry>{};
  co_return std::move(found);
}

asio::awaitable<result<std::optional<ldap::Dn>>> find_entry(std::shared_ptr<ldap::Directory> directory,
                                                            std::vector<std::string> bases, std::string stable_id,
                                                            TimePoint deadline) {
  std::string failure;
  try {
    const auto kind = co_await directory->kind(deadline);
    if (!kind) co_return kind.error();
    co_return co_await locate(*directory, *kind, bases, std::move(stable_id), deadline);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  co_return Error{errc::unavailable, failure};
}

asio::awaitable<result<Sight>> look(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory,
                                    std::vector<std::string> bases, LookRequest request) {
  std::string failure;
  try {
    const auto kind = co_await directory->kind(request.deadline);
    if (!kind) co_return kind.error();
    const auto looking =
        std::make_shared<Looking>(executor, std::move(directory), *kind, std::move(bases), std::move(request));
    co_return co_await looking->run();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  co_return Error{errc::unavailable, failure};
}

}  // namespace dirbridge::agent
