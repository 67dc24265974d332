// Gives dry runs to an agent and waits for what it answers. Nothing is recorded, as of any read (decision 0021).
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <optional>

#include "hub/gateway/agent_registry.hpp"
#include "net/deadline.hpp"
#include "proto/okta_error.hpp"

namespace dirbridge::hub {

namespace asio = boost::asio;

// Loop thread only.
class PreviewService {
 public:
  static constexpr std::size_t max_running = 8;  // of one directory; an agent takes as many

  // `clock` and `registry` outlive it.
  PreviewService(asio::any_io_executor executor, const Clock& clock, const AgentRegistry& registry)
      : executor_(std::move(executor)), clock_(clock), registry_(registry) {}

  // What was told, with one verdict for each member. 502: no agent that can do it is connected, or it left; 503: too
  // many are running; 504: no word by `deadline`, or the directory could not be asked; 400: it does not let be read
  // what is needed.
  asio::awaitable<boost::system::result<proto::PreviewResult, proto::OktaError>> ask(DirectoryId directory,
                                                                                     proto::MembershipChange change,
                                                                                     RequestId request,
                                                                                     TimePoint deadline);

  // ---- from the gateway ----
  void answered(std::uint64_t session, proto::PreviewResult result);
  void agent_left(std::uint64_t session);

 private:
  struct Waiting {
    Waiting(asio::any_io_executor executor, DirectoryId directory_, std::uint64_t session_)
        : directory(std::move(directory_)), session(session_), signal(std::move(executor)) {}
    DirectoryId directory;
    std::uint64_t session;  // of the agent that was asked: nobody else can answer
    net::Signal signal;
    std::optional<proto::PreviewResult> result;
    bool left = false;
  };
  std::size_t running(const DirectoryId& directory) const;

  asio::any_io_executor executor_;
  const Clock& clock_;
  const AgentRegistry& registry_;
  std::map<proto::PreviewId, std::shared_ptr<Waiting>> waiting_;
};

}  // namespace dirbridge::hub
