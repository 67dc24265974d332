#include "agent/rehearsal.hpp"

#include <algorithm>

#include "agent/final_word.hpp"
#include "agent/whereabouts.hpp"
#include "base/guid.hpp"
#include "base/text.hpp"
#include "ldap/filter.hpp"
#include "ldap/server_kind.hpp"

namespace dirbridge::agent {
namespace {

using ldap::ServerKind;
using Fate = ldap::ModifyReply::Fate;

// RFC 4511 section 4.1.9; 68 is entryAlreadyExists.
enum Code {
  success = 0,
  no_such_attribute = 16,
  value_exists = 20,
  no_such_object = 32,
  busy = 51,
  unwilling = 53,
  object_class_violation = 65,
  entry_exists = 68,
};

class Known final : public ldap::PendingModify {
 public:
  explicit Known(ldap::ModifyReply reply) : reply_(std::move(reply)) {}
  asio::awaitable<ldap::ModifyReply> wait(TimePoint) override { co_return reply_; }

 private:
  ldap::ModifyReply reply_;
};

// Two names with one key are one value to a server of this kind.
std::string key_of(const ldap::Dn& value, ServerKind kind) {
  const bool by_id = kind == ServerKind::active_directory && is_guid(value.stable_id());
  return by_id ? "id:" + to_lower(value.stable_id()) : ldap::key_for(value, kind);
}

// The class whose members cannot all go (RFC 4519 sections 3.5 and 3.6). 389 DS and Active Directory let them.
std::string demanding_class(std::string_view attribute, ServerKind kind) {
  if (kind == ServerKind::ds389 || kind == ServerKind::active_directory) return {};
  const auto type = attribute.substr(0, attribute.find(';'));
  if (equals_ignore_case(type, "member") || type == "2.5.4.31") return "groupOfNames";
  if (equals_ignore_case(type, "uniqueMember") || type == "2.5.4.50") return "groupOfUniqueNames";
  return {};
}

}  // namespace

Rehearsal::Rehearsal(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> real,
                     std::vector<std::string> bases)
    : executor_(std::move(executor)), real_(std::move(real)), bases_(std::move(bases)) {}

asio::awaitable<std::unique_ptr<ldap::PendingModify>> Rehearsal::modify(ldap::ModifyRequest request,
                                                                        TimePoint deadline) {
  const auto code = co_await judge(request, deadline);
  ldap::ModifyReply reply{Fate::answered, {}, {}, status().server};
  if (!code) {
    failure_ = code.error();
    reply.result.code = busy;
  } else {
    reply.result.code = *code;
  }
  if (reply.result.ok()) keep(request);
  co_return std::make_unique<Known>(std::move(reply));
}

void Rehearsal::keep(const ldap::ModifyRequest& request) {
  for (const auto& value : request.add) rehearsed_[key_of(value, kind_)] = true;
  for (const auto& value : request.remove) rehearsed_[key_of(value, kind_)] = false;
  gained_ += static_cast<std::int64_t>(request.add.size()) - static_cast<std::int64_t>(request.remove.size());
  carried_out_.push_back(request);
  carried_out_.back().kind = kind_;
}

asio::awaitable<result<int>> Rehearsal::judge(const ldap::ModifyRequest& request, TimePoint deadline) {
  const auto known = co_await kind(deadline);
  if (!known) co_return known.error();
  kind_ = *known;
  auto code = co_await judge_values(request, deadline);
  if (!code || *code == no_such_object) co_return code;
  const auto of_values = *code;
  code = co_await ask_server(request, deadline);
  // A server that is read-only is asked what is so already, as after the modify itself; another that says no is not.
  const bool is_unwilling = !code && ldap::make_code(unwilling) == code.error().code;
  if (is_unwilling && of_values != success) co_return of_values;
  if (!code || *code != success) co_return code;
  code = co_await judge_names(request, deadline);
  if (!code || *code != success) co_return code;
  if (of_values != success) co_return of_values;
  co_return co_await judge_last_member(request, deadline);
}

// Is every value as it must be: none of those to add there, all of those to remove?
asio::awaitable<result<int>> Rehearsal::judge_values(const ldap::ModifyRequest& request, TimePoint deadline) {
  auto values = request.add;
  values.insert(values.end(), request.remove.begin(), request.remove.end());
  const auto here = co_await has_values(request.target, request.attribute, std::move(values), deadline);
  if (!here && here.error().code == ldap::condition::not_found) co_return no_such_object;
  if (!here) co_return here.error();
  const auto first_removed = here->begin() + static_cast<std::ptrdiff_t>(request.add.size());
  const bool is_ad = kind_ == ServerKind::active_directory;
  if (std::find(here->begin(), first_removed, true) != first_removed) co_return is_ad ? entry_exists : value_exists;
  if (std::find(first_removed, here->end(), false) != here->end()) co_return is_ad ? unwilling : no_such_attribute;
  co_return success;
}

// Names to add that the server would not take. Where it takes any name the plan has looked at the entries already.
asio::awaitable<result<int>> Rehearsal::judge_names(const ldap::ModifyRequest& request, TimePoint deadline) {
  const bool is_ad = kind_ == ServerKind::active_directory;
  for (const auto& value : request.add) {
    if (!value.stable_id().empty()) continue;
    ldap::SearchRequest search{ldap::dn_for(value, kind_), ldap::Scope::base, "(objectClass=*)", {"1.1"}, 0};
    const auto found = co_await find(std::move(search), deadline);
    if (!found && is_final_word(found.error())) co_return found.error().code.value();
    if (!found) co_return found.error();
    if (!*found && is_ad) co_return no_such_object;
  }
  if (!is_ad || request.add.empty()) co_return success;
  LookRequest looking;
  looking.group = request.target;
  looking.values = request.add;
  looking.adds = request.add.size();
  looking.find_values = true;
  looking.other_memberships = true;
  looking.deadline = deadline;
  const auto sight = co_await look(executor_, real_, bases_, std::move(looking));
  if (!sight) co_return sight.error();
  for (const auto& seen : sight->values) {
    if (seen.place == Whereabouts::Place::gone) co_return no_such_object;
    if (seen.membership == Whereabouts::Membership::primary) co_return entry_exists;
  }
  co_return success;
}

// The server's own word, where it gives one. What it says of rights alone is asked for once for each direction.
asio::awaitable<result<int>> Rehearsal::ask_server(const ldap::ModifyRequest& request, TimePoint deadline) {
  const std::pair direction{request.add.empty(), request.remove.empty()};
  if (const auto known = told_of_rights_.find(direction); known != told_of_rights_.end()) co_return known->second;
  auto asked = request;
  const auto forecast = co_await real_->forecast(std::move(asked), deadline);
  if (!forecast) co_return forecast.error();
  if (!*forecast) co_return success;
  knows_rights_ = true;
  const int code = (*forecast)->result.code;
  doubts_rights_ = doubts_rights_ || !(*forecast)->is_certain;
  if (!(*forecast)->is_of_values) told_of_rights_.emplace(direction, code);
  co_return code;
}

asio::awaitable<result<int>> Rehearsal::judge_last_member(const ldap::ModifyRequest& request, TimePoint deadline) {
  const auto object_class = demanding_class(request.attribute, kind_);
  if (object_class.empty() || request.remove.empty() || !request.add.empty()) co_return success;
  ldap::SearchRequest search{ldap::wire_name(request.target, kind_),
                             ldap::Scope::base,
                             ldap::Filter::equality("objectClass", object_class).text(),
                             {request.attribute},
                             0};
  const auto found = co_await find(std::move(search), deadline);
  if (!found) co_return found.error();
  if (!*found) co_return success;  // of another class
  const auto* const members = (*found)->find(request.attribute);
  const auto count = static_cast<std::int64_t>(members == nullptr ? 0 : members->values.size()) + gained_;
  co_return count <= static_cast<std::int64_t>(request.remove.size()) ? object_class_violation : success;
}

asio::awaitable<result<std::optional<ldap::Entry>>> Rehearsal::find(ldap::SearchRequest request, TimePoint deadline) {
  return find_one(*real_, std::move(request), deadline);
}

asio::awaitable<result<std::vector<bool>>> Rehearsal::has_values(ldap::Dn target, std::string attribute,
                                                                 std::vector<ldap::Dn> values, TimePoint deadline) {
  auto here = co_await real_->has_values(std::move(target), std::move(attribute), values, deadline);
  for (std::size_t i = 0; here && i < values.size() && i < here->size(); ++i)
    if (const auto known = rehearsed_.find(key_of(values[i], kind_)); known != rehearsed_.end())
      (*here)[i] = known->second;
  co_return here;
}

asio::awaitable<result<std::vector<bool>>> Rehearsal::are_here(std::vector<ldap::Dn> names, TimePoint deadline) {
  return real_->are_here(std::move(names), deadline);
}

asio::awaitable<result<std::uint64_t>> Rehearsal::search(ldap::SearchRequest request, ldap::EntrySink sink,
                                                         milliseconds idle) {
  return real_->search(std::move(request), std::move(sink), idle);
}

ldap::DirectoryStatus Rehearsal::status() const { return real_->status(); }

asio::awaitable<result<ldap::ServerKind>> Rehearsal::kind(TimePoint deadline) { return real_->kind(deadline); }

}  // namespace dirbridge::agent
