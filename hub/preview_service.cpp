#include "hub/preview_service.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "hub/gateway/agent_choice.hpp"

namespace dirbridge::hub {
namespace {

using Answer = boost::system::result<proto::PreviewResult, proto::OktaError>;

Answer to_answer(proto::PreviewResult told, std::size_t members) {
  switch (told.status) {
    case proto::PreviewStatus::told: break;
    case proto::PreviewStatus::refused:
      return proto::validation_failed(
          "values",
          {"values: " + (told.code != 0 ? "LDAP result " + std::to_string(told.code) + ": " : "") + told.reason});
    case proto::PreviewStatus::unavailable: return proto::service_unavailable("the agent says: " + told.reason);
  }
  if (told.outcome.count() != members)
    return proto::agent_timed_out({"the agent's answer does not match the question"});
  return told;
}

}  // namespace

std::size_t PreviewService::running(const DirectoryId& directory) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(waiting_, [&](const auto& item) { return item.second->directory == directory; }));
}

asio::awaitable<Answer> PreviewService::ask(DirectoryId directory, proto::MembershipChange change, RequestId request,
                                            TimePoint deadline) {
  const auto chosen = choose_agent(registry_, directory, proto::previewing_version, "dry runs");
  if (!chosen) co_return chosen.error();
  if (running(directory) >= max_running)
    co_return proto::service_unavailable("too many dry runs on this directory are under way");
  const auto id = new_id<proto::PreviewId>("dry");
  const auto members = change.members.size();
  const auto& agent = (*chosen)->state();
  const auto wait = std::make_shared<Waiting>(executor_, directory, agent.session);
  waiting_.emplace(id, wait);
  log::info("preview.sent", {{"op", id.str()}, {"agent", agent.id}, {"group", change.group.id}, {"request", request}});
  const auto remaining = std::max(std::chrono::floor<milliseconds>(deadline - clock_.now()), milliseconds{0});
  (*chosen)->send(proto::Preview{id, remaining, request, std::move(change)});
  while (!wait->result && !wait->left && clock_.now() < deadline) co_await wait->signal.wait(deadline);
  waiting_.erase(id);
  if (wait->result) co_return to_answer(std::move(*wait->result), members);
  if (!wait->left) co_return proto::agent_timed_out();
  auto error = proto::no_connected_agents();
  error.causes.push_back("the agent that was asked has left; ask again");
  co_return error;
}

void PreviewService::answered(std::uint64_t session, proto::PreviewResult result) {
  const auto found = waiting_.find(result.preview);
  const bool taken = found != waiting_.end() && found->second->session == session && !found->second->result;
  log::info(taken ? "preview.answered" : "preview.late",
            {{"op", result.preview.str()}, {"reason", std::string{proto::to_text(result.status)}}});
  if (!taken) return;
  found->second->result = std::move(result);
  found->second->signal.notify();
}

void PreviewService::agent_left(std::uint64_t session) {
  for (auto& [id, wait] : waiting_) {
    if (wait->session != session) continue;
    wait->left = true;
    wait->signal.notify();
  }
}

}  // namespace dirbridge::hub
