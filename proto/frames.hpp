// The words between hub and agent: JSON text frames over one WebSocket, subprotocol "dirbridge.agent.v1".
// docs/agent-protocol.md holds an example of each; every example there is parsed by a test.
//
// Strict: an unknown type, a missing or unknown key, a wrong JSON type, a number out of range, text that is not UTF-8,
// a frame over max_frame_bytes or nested deeper than 16 is refused with a reason that names the place; nothing is
// half-read. Strings whose emptiness means "none" may be absent. Writing never fails: text for people is cut to its
// limit, what is not UTF-8 is repaired, durations are brought into range. Everything else is the writer's to keep
// within limits.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "proto/directory_objects.hpp"
#include "proto/membership_change.hpp"
#include "proto/outcome.hpp"
#include "proto/preview_frames.hpp"
#include "proto/read_frames.hpp"
#include "proto/shared_change.hpp"

namespace dirbridge::proto {

inline constexpr std::string_view subprotocol = "dirbridge.agent.v1";
// 2: the hub may send `read`. 3: and `preview`; an import says of which kind its directory is, and what Active
// Directory alone has. The hub serves all; an older agent is never sent a frame that it does not know.
inline constexpr int protocol_version = 3;
inline constexpr int oldest_protocol_version = 1;
inline constexpr std::size_t max_frame_bytes = 16u << 20;
inline constexpr std::uint32_t max_credit = 4096;      // jobs in one `jobs` frame
inline constexpr std::size_t max_held = 100'000;       // leases in one `open_jobs`, `open_jobs_ack` or `renew`
inline constexpr milliseconds max_poll_wait{600'000};  // longer waits are cut when written; other durations to a day
inline constexpr std::size_t max_import_batch = 1000;  // users + groups in one `import_batch`

// A claim on a job: (epoch of the hub's start, counter). Grows; a smaller one is stale. On the wire "epoch.counter".
struct Fence {
  std::uint64_t epoch = 0;
  std::uint64_t counter = 0;
  friend auto operator<=>(const Fence&, const Fence&) = default;
};
std::string to_text(const Fence& fence);
result<Fence> parse_fence(std::string_view text);

// ---- agent → hub, in the order of a session ----

// First frame of every connection. Either enrols (code, public_key set; agent empty) or names an enrolled agent.
struct Hello {
  int version = protocol_version;
  AgentId agent;
  std::string enrol_code;  // one-time code for one directory
  std::string public_key;  // Ed25519, base64url; with enrol_code only
  std::string name;        // shown to people; host name by default
  std::string software;    // "dirbridge/0.1.0"
  std::string instance;    // random per process: tells a reconnect from a restart
};
// Answer to `challenge`: Ed25519 signature over challenge_text(nonce, agent, instance), base64url.
struct Proof {
  std::string signature;
};
// "dirbridge.agent.v1 proof\n" nonce "\n" agent "\n" instance: the first line keeps the signature from meaning anything
// else.
std::string challenge_text(std::string_view nonce, const AgentId& agent, std::string_view instance);

// What the agent still holds after (re)connecting; sent right after `welcome`, before the first poll, even when empty.
enum class Holding {
  waiting,  // not given to the directory yet
  sent,     // it may run, or is being settled
};
std::string_view to_text(Holding state);
struct OpenJobs {
  struct Held {
    JobId job;
    Fence lease;
    Holding state{};
  };
  std::vector<Held> jobs;
};
// Room for `credit` more jobs, wait up to `wait` for the first. Several polls may be open; each is answered once.
struct Poll {
  std::uint64_t poll = 0;  // chosen by the agent, echoed in `jobs`
  std::uint32_t credit = 1;
  milliseconds wait{};
};
// The outcome of a delivery. final=false says "sent, no word yet" (every verdict unknown or known so far) and keeps the
// lease; a final report follows. Repeated after a reconnect until `report_ack`.
struct Report {
  JobId job;
  Fence lease;
  bool final = true;
  Outcome outcome;
  milliseconds took{};    // from receiving the job to this verdict
  std::string operation;  // what was sent, for people: "modify cn=g,… member +3 −0 (batch of 12 jobs)"
};
// The agent is alive and still at work on these.
struct Renew {
  std::vector<Fence> leases;
};
struct Heartbeat {
  std::int64_t sent = 0;         // the agent's own monotonic milliseconds, echoed
  std::string directory_state;   // "connected", "connecting", "unhealthy": shown in `dirbridge agents`
  std::string directory_detail;  // a sentence when unhealthy
};
struct ImportBegin {
  ImportId import;
  std::string requested_by;  // the request's correlation id; empty for the agent's own
  DirectoryKind kind{};      // from version 3 on; unsaid where the directory could not be asked
};
struct ImportBatch {
  ImportId import;
  std::uint64_t sequence = 0;  // 0, 1, 2, …; answered by import_ack
  std::vector<ImportedUser> users;
  std::vector<ImportedGroup> groups;
};
// The server proved the import complete (final result 0 on every page). Only now is it applied.
struct ImportEnd {
  ImportId import;
  std::uint64_t users = 0;
  std::uint64_t groups = 0;
};
struct ImportFailed {
  ImportId import;
  std::string reason;
};

// ---- hub → agent ----

struct Challenge {
  std::string nonce;  // 32 random bytes, base64url
};
struct Enrolled {  // answer to a Hello with an enrol_code; `challenge` follows
  AgentId agent;
  DirectoryId directory;
};
struct Welcome {
  DirectoryId directory;
  std::uint64_t epoch = 0;
  std::int64_t at = 0;       // the hub's monotonic milliseconds when this was written
  milliseconds heartbeat{};  // send one this often
  milliseconds silence{};    // without any frame for this long the other side is gone
};
struct DeliveredJob {
  JobId job;
  Fence lease;
  int delivery = 1;           // attempt number
  bool reconcile = false;     // may have run before: read first, settle before contradicting (rule 4)
  milliseconds lease_time{};  // the lease ends this long after `at`
  milliseconds remaining{};   // the job's deadline is this long after `at`
  RequestId request;          // correlation id
  SharedChange change;
};
struct Jobs {
  std::uint64_t poll = 0;
  std::int64_t at = 0;             // hub's monotonic ms when leased; lets the agent notice time spent in a buffer
  std::vector<DeliveredJob> jobs;  // empty: the wait ended
};
// Do not start it. If it was sent already it is left to run and reported (a cancel may overtake its job).
struct Cancel {
  JobId job;
  Fence lease;
  std::string reason;  // "deadline"
};
enum class ReportStatus { accepted, late, stale };
std::string_view to_text(ReportStatus status);
struct ReportAck {
  Fence lease;
  ReportStatus status{};
};
struct HeartbeatAck {
  std::int64_t sent = 0;
  std::int64_t at = 0;
};
// Answer to open_jobs: `drop` leases are not the agent's any more: forget what is waiting; what was sent is still
// reported.
struct OpenJobsAck {
  std::vector<Fence> keep;
  std::vector<Fence> drop;
};
struct ImportRequest {
  ImportId import;
  RequestId request;
};
struct ImportAck {
  ImportId import;
  std::uint64_t sequence = 0;
};
// The session ends after this frame. `final`: do not come back with this identity (revoked).
struct GoAway {
  std::string reason;
  bool final = false;
  milliseconds retry_after{};
};

using AnyAgentFrame = std::variant<Hello, Proof, OpenJobs, Poll, Report, Renew, Heartbeat, ImportBegin, ImportBatch,
                                   ImportEnd, ImportFailed, ReadResult, PreviewResult>;
using AnyHubFrame = std::variant<Challenge, Enrolled, Welcome, Jobs, Cancel, ReportAck, HeartbeatAck, OpenJobsAck,
                                 ImportRequest, ImportAck, GoAway, Read, Preview>;

// Classes of their own, so that the copying, moving and destroying of all kinds is compiled once and not in each file
// that sends or takes a frame.
struct AgentFrame : AnyAgentFrame {
  using AnyAgentFrame::AnyAgentFrame;
  AgentFrame();
  AgentFrame(const AgentFrame&);
  AgentFrame(AgentFrame&&) noexcept;
  AgentFrame& operator=(const AgentFrame&);
  AgentFrame& operator=(AgentFrame&&) noexcept;
  ~AgentFrame();
};
struct HubFrame : AnyHubFrame {
  using AnyHubFrame::AnyHubFrame;
  HubFrame();
  HubFrame(const HubFrame&);
  HubFrame(HubFrame&&) noexcept;
  HubFrame& operator=(const HubFrame&);
  HubFrame& operator=(HubFrame&&) noexcept;
  ~HubFrame();
};

// errc::too_large or errc::malformed; the detail names the place: "jobs.jobs[3].lease: is missing".
result<AgentFrame> parse_agent_frame(std::string_view text);
result<HubFrame> parse_hub_frame(std::string_view text);
std::string to_json(const AgentFrame& frame);
std::string to_json(const HubFrame& frame);
std::string_view frame_type(const AgentFrame& frame);
std::string_view frame_type(const HubFrame& frame);
// Does it hold what only an agent of version 3 may say?
bool is_of_version_3(const AgentFrame& frame);

}  // namespace dirbridge::proto
