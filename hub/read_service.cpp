#include "hub/read_service.hpp"

#include "base/log.hpp"
#include "hub/gateway/agent_choice.hpp"

namespace dirbridge::hub {
namespace {

constexpr int reading_version = 2;  // of the agent protocol

}  // namespace

boost::system::result<proto::ReadId, proto::OktaError> ReadService::submit(const Target& target,
                                                                           std::vector<std::string> attributes,
                                                                           RequestId request, milliseconds time) {
  const auto choice = choose_agent(registry_, target.directory, reading_version, "attribute queries");
  if (!choice) return choice.error();
  const auto& chosen = *choice;
  const auto id = new_id<proto::ReadId>("rdj");
  const auto now = clock_.now();
  const ReadBook::Entry entry{.directory = target.directory,
                              .group = target.group,
                              .session = chosen->state().session,
                              .deadline = now + time,
                              .attributes = attributes,
                              .expires = {},
                              .result = {}};
  if (!book_.add(id, entry, now)) return proto::service_unavailable("too many queries of this directory are running");
  chosen->send(proto::Read{id, time, request, target.dn, target.stable_id, std::move(attributes)});
  log::info("read.sent",
            {{"op", id.str()}, {"agent", chosen->state().id}, {"group", target.group}, {"request", request}});
  return id;
}

void ReadService::answered(std::uint64_t session, proto::ReadResult result) {
  const auto id = result.read.str();
  const auto status = std::string{proto::to_text(result.status)};
  const bool taken = book_.answered(session, std::move(result), clock_.now());
  log::info(taken ? "read.answered" : "read.late", {{"op", id}, {"reason", status}});
}

}  // namespace dirbridge::hub
