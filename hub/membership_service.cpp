#include "hub/membership_service.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <span>

#include "base/log.hpp"
#include "base/text.hpp"
#include "hub/explain.hpp"
#include "proto/frames.hpp"

namespace dirbridge::hub {
namespace {

// Look-ups between two turns of the loop: about a millisecond's worth.
constexpr std::size_t slice = 250;
// Users that are wrong and are named in one answer.
constexpr std::size_t max_named = 20;
// A verdict that is on its way to the disk when the caller's deadline comes is waited for this much longer: the answer
// is then what the ledger says, not a 504 for a change that counts as done in time.
constexpr auto commit_grace = 1'000ms;

// One job must fit into a frame to the agent, with room to spare.
constexpr std::size_t max_change_bytes = proto::max_frame_bytes - (4u << 20);

// Shared, because the coroutine that counts may be destroyed with its loop, after the service.
struct Counted {
  explicit Counted(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }
  ~Counted() { --*count_; }
  Counted(const Counted&) = delete;
  std::shared_ptr<std::size_t> count_;
};

}  // namespace

MembershipService::MembershipService(asio::any_io_executor executor, const Clock& clock, Store& store, JobBook& book,
                                     const AgentRegistry& registry, DispatchPolicy policy, ContractSettings contract)
    : executor_(std::move(executor)),
      clock_(clock),
      store_(store),
      catalog_(store),
      book_(book),
      registry_(registry),
      policy_(policy),
      contract_(std::move(contract)) {}

asio::awaitable<boost::system::result<proto::MembershipChange, proto::OktaError>> MembershipService::resolve(
    DirectoryId directory, proto::ModifyBody body) {
  if (!catalog_.has_directory(directory)) co_return proto::resource_not_found(directory.str(), "AppInstance");
  const auto* group = catalog_.group(directory, body.group);
  if (!group) {
    // Known, but of another directory: it exists, this integration cannot manage it (contract B3).
    if (!contract_.hides_out_of_scope() && store_.views().group(body.group))
      co_return proto::validation_failed("id", {"id: the group was not imported from this directory"});
    co_return proto::resource_not_found(body.group.str(), "UserGroup");
  }
  // What is wrong is gathered, so that one answer names all of it.
  std::vector<std::string> causes;
  std::string first_field;
  if (!equals_ignore_case(group->attribute, body.attribute)) {
    first_field = "parameters.attribute";
    causes.push_back("parameters.attribute: the members of this group (" + group->object_class + ") are in `" +
                     group->attribute + "`, not in `" + body.attribute + "`");
  }
  proto::MembershipChange change;
  change.group = {body.group.str(), group->dn, group->stable_id};
  change.action = body.action;
  change.attribute = group->attribute;
  change.members.reserve(body.values.size());
  std::vector<UserId> missing;
  for (std::span<const UserId> left{body.values}; !left.empty();) {
    const auto part = left.first(std::min(slice, left.size()));
    left = left.subspan(part.size());
    auto users = catalog_.users(directory, part);
    for (std::size_t i = 0; i < part.size(); ++i) {
      if (users[i])
        change.members.push_back({part[i].str(), std::move(users[i]->dn), std::move(users[i]->stable_id)});
      else
        missing.push_back(part[i]);
    }
    if (!left.empty()) co_await asio::post(executor_, asio::use_awaitable);
  }
  std::vector<std::string> unknown;
  for (std::size_t i = 0; i < missing.size() && i < max_named; ++i) {
    if (!contract_.hides_out_of_scope() && store_.views().user(missing[i]))
      causes.push_back("parameters.values: user " + missing[i].str() + " was not imported from this directory");
    else
      unknown.push_back(missing[i].str());
  }
  if (!unknown.empty()) {
    auto error = proto::resource_not_found(unknown.front(), "User");
    if (missing.size() > 1 || !causes.empty()) {
      error.causes = std::move(causes);
      for (const auto& id : unknown) error.causes.push_back("parameters.values: user " + id + " is not known");
      if (missing.size() > max_named)
        error.causes.push_back("and " + std::to_string(missing.size() - max_named) + " more users");
    }
    co_return error;
  }
  if (!causes.empty()) {
    if (missing.size() > max_named)
      causes.push_back("and " + std::to_string(missing.size() - max_named) + " more users");
    co_return proto::validation_failed(first_field.empty() ? "parameters.values" : first_field, std::move(causes));
  }
  if (proto::frame_bytes(change) > max_change_bytes)
    co_return proto::validation_failed("parameters.values",
                                       {"parameters.values: the names of these users take more than " +
                                        std::to_string(max_change_bytes) + " bytes; send them in several requests"});
  co_return change;
}

asio::awaitable<ModifyAnswer> MembershipService::modify(Principal principal, DirectoryId directory,
                                                        proto::ModifyBody body, RequestId request, TimePoint deadline) {
  auto resolved = co_await resolve(directory, std::move(body));
  if (!resolved) co_return ModifyAnswer{{}, resolved.error()};
  switch (policy_.decide(registry_.is_connected(directory), *waiting_)) {
    case Dispatch::no_agents: co_return ModifyAnswer{{}, proto::no_connected_agents()};
    case Dispatch::overloaded: co_return ModifyAnswer{{}, proto::service_unavailable("too many requests are waiting")};
    case Dispatch::accept: break;
  }
  const Counted counted{waiting_};
  const auto wall_deadline = clock_.wall_now() + std::chrono::ceil<milliseconds>(deadline - clock_.now());

  if (const auto joined = book_.find_joinable(directory, principal.token.str(), *resolved)) {
    if (auto wait = book_.join(*joined, request, deadline)) {
      std::vector<ledger::Body> bodies;
      bodies.emplace_back(ledger::JobJoined{*joined, request, wall_deadline});
      auto done = co_await store_.append(directory, std::move(bodies));
      if (!done) co_return ModifyAnswer{*joined, proto::service_unavailable(done.error().message())};
      co_return co_await await_ending(directory, *joined, std::move(wait), request, deadline);
    }
  }

  const auto id = new_id<JobId>("ADS");
  const proto::SharedChange change{std::move(*resolved)};
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::JobAccepted{id, principal.token.str(), request, change, wall_deadline});
  auto accepted = co_await store_.append(directory, std::move(bodies));
  if (!accepted) {
    log::error("job.accept.refused", {{"request", request}, {"reason", accepted.error().message()}});
    co_return ModifyAnswer{{}, proto::service_unavailable("the job could not be recorded")};
  }
  auto wait = book_.enqueue({id, directory, principal.token.str(), request, change, deadline});
  if (!wait) {
    std::vector<ledger::Body> closing;
    closing.emplace_back(ledger::JobClosed{id,
                                           std::string{queue::to_text(queue::Disposition::not_started)},
                                           proto::Outcome::all(change->members.size(), proto::Verdict::not_sent),
                                           {},
                                           "",
                                           {{clock_.wall_now(), "the queue is full: the caller is answered 503"}}});
    co_await store_.append(directory, std::move(closing));
    co_return ModifyAnswer{id, proto::service_unavailable("the queue is full")};
  }
  co_return co_await await_ending(directory, id, std::move(wait), request, deadline);
}

std::string MembershipService::trouble_of(const DirectoryId& directory) const {
  for (const auto& agent : registry_.of(directory)) {
    const auto& state = agent->state();
    if (state.directory_state == "unhealthy" && !state.directory_detail.empty()) return state.directory_detail;
  }
  return {};
}

asio::awaitable<ModifyAnswer> MembershipService::await_ending(DirectoryId directory, JobId job,
                                                              std::shared_ptr<JobWait> wait, RequestId request,
                                                              TimePoint deadline) {
  while (!wait->ending && clock_.now() < deadline) co_await wait->signal.wait(deadline);
  if (!wait->ending) {
    book_.tick();
    const auto grace = clock_.now() + commit_grace;
    while (!wait->ending && wait->closing && clock_.now() < grace) co_await wait->signal.wait(grace);
  }
  const auto reason = wait->reason.empty() ? trouble_of(directory) : wait->reason;
  if (wait->ending) {
    const auto& [disposition, outcome] = *wait->ending;
    co_return ModifyAnswer{job, to_answer(disposition, outcome, *wait->change, job, reason)};
  }
  book_.tell(job, "request " + request.str() + " is answered 504");
  const auto view = book_.view(job);
  std::vector<std::string> causes;
  if (view) causes.push_back(explain_open(view->state, true));
  if (!reason.empty()) causes.push_back("the agent says: " + reason);
  causes.push_back("job " + job.str());
  co_return ModifyAnswer{job, proto::agent_timed_out(std::move(causes))};
}

}  // namespace dirbridge::hub
