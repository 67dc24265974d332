// Gives attribute queries to an agent and keeps what it answers. Loop thread only.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"
#include "hub/gateway/agent_registry.hpp"
#include "hub/read_book.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

class ReadService {
 public:
  // `clock` and `registry` outlive it.
  ReadService(const Clock& clock, const AgentRegistry& registry, ReadLimits limits)
      : clock_(clock), registry_(registry), book_(limits) {}

  struct Target {
    DirectoryId directory;
    GroupId group;
    std::string dn;
    std::string stable_id;
  };
  // The id of the result-to-be. 502: no agent of this directory that can read is connected; 503: too many are running.
  boost::system::result<proto::ReadId, proto::OktaError> submit(const Target& target,
                                                                std::vector<std::string> attributes, RequestId request,
                                                                milliseconds time);
  // Null: unknown, expired, or of another group. Valid until the next call.
  const ReadBook::Entry* find(const DirectoryId& directory, const GroupId& group, const proto::ReadId& id) {
    return book_.find(directory, group, id, clock_.now());
  }

  // ---- from the gateway ----
  void answered(std::uint64_t session, proto::ReadResult result);
  void agent_left(std::uint64_t session) { book_.agent_left(session, clock_.now()); }

 private:
  const Clock& clock_;
  const AgentRegistry& registry_;
  ReadBook book_;
};

}  // namespace dirbridge::hub
