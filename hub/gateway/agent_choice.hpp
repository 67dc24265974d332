// Which agent of a directory is asked something that is no job.
#pragma once
#include <boost/system/result.hpp>
#include <memory>
#include <string_view>

#include "hub/gateway/agent_registry.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

// One that speaks `version` of the protocol or a later one, at best one whose directory answers. 502: none is
// connected, or only older ones: then the causes name each, its version, and that it must be upgraded for `what`.
boost::system::result<std::shared_ptr<ConnectedAgent>, proto::OktaError> choose_agent(const AgentRegistry& registry,
                                                                                      const DirectoryId& directory,
                                                                                      int version,
                                                                                      std::string_view what);

}  // namespace dirbridge::hub
