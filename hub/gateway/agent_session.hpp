// One agent's socket from its first frame to its last.
#pragma once
#include <deque>
#include <memory>
#include <optional>

#include "hub/gateway/admission.hpp"
#include "hub/gateway/agent_registry.hpp"
#include "hub/import_service.hpp"
#include "hub/job_book.hpp"
#include "hub/preview_service.hpp"
#include "hub/read_service.hpp"
#include "hub/settings.hpp"
#include "net/deadline.hpp"
#include "net/web_socket.hpp"

namespace dirbridge::hub {

// What a session works with; all of it outlives every session.
struct GatewayParts {
  asio::any_io_executor executor;
  const Clock& clock;
  const HubSettings& settings;
  std::uint64_t epoch;
  Store& store;
  JobBook& book;
  AgentRegistry& registry;
  ImportService& imports;
  ReadService* reads = nullptr;        // null: nothing is read
  PreviewService* previews = nullptr;  // null: nothing is tried
};

// Loop thread only. Kept alive by run() and by the registry.
class AgentSession final : public ConnectedAgent, public std::enable_shared_from_this<AgentSession> {
 public:
  AgentSession(GatewayParts parts, std::unique_ptr<net::WebSocket> socket);

  // Admission (hello, enrolment, proof), then frames until the agent leaves, is silent too long or breaks the protocol.
  asio::awaitable<void> run();

  const State& state() const override { return state_; }
  void deliver() override;
  void send(const proto::HubFrame& frame) override;
  void dismiss(std::string reason, bool final) override;

 private:
  struct OpenPoll {
    std::uint64_t poll = 0;
    std::uint32_t credit = 0;
    TimePoint until;
  };
  // Leases for one poll, as many jobs as its credit and a frame have room for.
  proto::Jobs fill(const OpenPoll& poll);
  asio::awaitable<void> serve();
  asio::awaitable<void> watch_silence();
  asio::awaitable<void> answer_empty_polls();
  // False: the frame has no business here; `problem` says why.
  bool on_frame(proto::AgentFrame frame, std::string& problem);
  bool on_open_jobs(const proto::OpenJobs& held);
  bool on_poll(const proto::Poll& poll, std::string& problem);
  void on_report(const proto::Report& report);
  void acknowledge(proto::ReportAck ack);
  std::int64_t monotonic_ms() const;

  GatewayParts parts_;
  std::unique_ptr<net::WebSocket> socket_;
  State state_;
  std::string previous_instance_;
  bool settled_ = false;  // open_jobs has come: before that nothing is leased to it
  bool leaving_ = false;
  std::deque<OpenPoll> polls_;
  std::vector<proto::ReportAck> acks_;  // of this turn of the loop
  net::Signal poll_signal_;
  TimePoint last_frame_;
};

}  // namespace dirbridge::hub
