// A dry run of a membership change: what the hub asks an agent and what comes back. Never a write.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "proto/membership_change.hpp"
#include "proto/outcome.hpp"

namespace dirbridge::proto {

using PreviewId = Id<struct PreviewTag>;  // dry…

inline constexpr int previewing_version = 3;                // of the protocol: agents from here on are asked
inline constexpr std::size_t max_preview_changes = 10'000;  // modifies of one result: at worst one for each value
inline constexpr std::size_t max_preview_bytes = 6u << 20;  // of all LDIF of one result

// hub → agent. Answered once by `preview_result`; no answer after `remaining`.
struct Preview {
  PreviewId preview;
  milliseconds remaining{};  // from when it is read: the agent gives up by then
  RequestId request;         // correlation id
  MembershipChange change;
};

// One modify that would be carried out.
struct PreviewedModify {
  std::string dn;  // of the group, as it is named now
  std::uint64_t add = 0;
  std::uint64_t remove = 0;
  std::string ldif;  // one change record (RFC 2849)
};
enum class PreviewStatus {
  told,
  refused,      // the directory lets the agent not read what it needs, or the answer would be too large
  unavailable,  // it could not be asked
};
std::string_view to_text(PreviewStatus status);
// agent → hub.
struct PreviewResult {
  PreviewId preview;
  PreviewStatus status{};
  std::vector<PreviewedModify> changes;  // of `told`, in the order they would be sent
  Outcome outcome;                       // of `told`: the verdict each value would get
  std::string unpredicted;               // what reads cannot tell on this directory; for people
  std::int64_t code = 0;                 // of the other statuses: the server's result code, 0 if it gave none
  std::string reason;
};

}  // namespace dirbridge::proto
