// One call of a hook's receiver: what is sent, and what its answer means (contract C7). Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "hub/hooks/event_hook.hpp"
#include "net/http.hpp"

namespace dirbridge::hub {

inline constexpr milliseconds hook_timeout{3'000};  // connect to the end of the answer
inline constexpr int hook_attempts = 2;             // the first, and one again after 5xx or no answer
inline constexpr std::size_t max_hook_answer = 64 << 10;

struct HookEvent {
  std::string text;  // as the ledger keeps it
  WallTime at;
};

// GET with the challenge.
net::HttpRequest verification_request(const EventHook& hook, const std::string& challenge);
// Why it is no proof; empty: it is.
std::string check_verification(const result<net::HttpResponse>& answer, std::string_view challenge);

// POST of these events. `id` stays the same when it is sent again.
net::HttpRequest delivery_request(const EventHook& hook, const std::vector<HookEvent>& events, const std::string& id,
                                  WallTime now);
enum class HookVerdict { delivered, again, refused };
struct HookReply {
  HookVerdict verdict{};
  std::string why;  // of what is not delivered
};
HookReply judge_delivery(const result<net::HttpResponse>& answer);

}  // namespace dirbridge::hub
