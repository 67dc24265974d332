// The life of one POST groups/modify inside the hub: find the objects, join or enqueue a job, wait, answer.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>

#include "hub/access.hpp"
#include "hub/catalog_cache.hpp"
#include "hub/contract.hpp"
#include "hub/dispatch_policy.hpp"
#include "hub/gateway/agent_registry.hpp"
#include "hub/job_book.hpp"
#include "hub/store.hpp"
#include "proto/membership_change.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

// What the caller is told. No error: 200.
struct ModifyAnswer {
  JobId job;  // empty if none was made
  std::optional<proto::OktaError> error;
};

class MembershipService {
 public:
  MembershipService(asio::any_io_executor executor, const Clock& clock, Store& store, JobBook& book,
                    const AgentRegistry& registry, DispatchPolicy policy, ContractSettings contract = {});

  // `deadline`: when the caller is answered 504. Never throws for what the world does.
  asio::awaitable<ModifyAnswer> modify(Principal principal, DirectoryId directory, proto::ModifyBody body,
                                       RequestId request, TimePoint deadline);
  // What an agent would be given for this body; the error names everything that is wrong.
  asio::awaitable<boost::system::result<proto::MembershipChange, proto::OktaError>> resolve(DirectoryId directory,
                                                                                            proto::ModifyBody body);

 private:
  asio::awaitable<ModifyAnswer> await_ending(DirectoryId directory, JobId job, std::shared_ptr<JobWait> wait,
                                             RequestId request, TimePoint deadline);
  // What an agent says of a directory that it cannot use; empty: none says so.
  std::string trouble_of(const DirectoryId& directory) const;

  asio::any_io_executor executor_;
  const Clock& clock_;
  Store& store_;
  CatalogCache catalog_;
  JobBook& book_;
  const AgentRegistry& registry_;
  DispatchPolicy policy_;
  ContractSettings contract_;
  std::shared_ptr<std::size_t> waiting_ = std::make_shared<std::size_t>(0);
};

}  // namespace dirbridge::hub
