// Reading one entry through an agent: what the hub asks and what comes back. Never a write.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace dirbridge::proto {

using ReadId = Id<struct ReadTag>;  // rdj…

inline constexpr std::size_t max_read_attributes = 64;
inline constexpr std::size_t max_read_values = 1000;       // of one attribute
inline constexpr std::size_t max_read_bytes = 256u << 10;  // of all names and values of one result

// hub → agent, to agents of version 2. Answered once by `read_result`; no answer after `remaining`.
struct Read {
  ReadId read;
  milliseconds remaining{};  // from when it is read: the agent gives up by then
  RequestId request;         // correlation id
  std::string dn;
  std::string stable_id;  // empty: the entry is only known by its name
  std::vector<std::string> attributes;
};

struct ReadAttribute {
  std::string name;                 // as the hub asked for it
  std::vector<std::string> values;  // UTF-8; a value that is not is written as base64
};
enum class ReadStatus { found, gone, refused, unavailable };
std::string_view to_text(ReadStatus status);
// agent → hub.
struct ReadResult {
  ReadId read;
  ReadStatus status{};
  std::vector<ReadAttribute> attributes;  // of `found`; those the entry has
  std::int64_t code = 0;                  // the server's result code, 0 if it is not the server who refused
  std::string reason;                     // of every status but `found`
};

}  // namespace dirbridge::proto
