// JSON from a peer: bounded before it is read, and read once, key by key, with a reason for every refusal.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/json.hpp"

namespace dirbridge::proto {

struct JsonLimits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 16;
  std::size_t values = 1'000'000;  // of every kind, containers included: "{}," costs its sender 3 bytes and us 80
};
// Refuses (errc::too_large, errc::malformed with the byte offset): over the limits, not UTF-8, trailing text, a key
// twice in one object, a number no double can hold. Memory and stack are bounded whatever the text is.
result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

// The same, for a caller that has a better answer to a repeated key than "malformed": the last value counts, and the
// place of each repeated key ("parameters.action") is added to `repeated`, at most 32 of them.
result<Json> parse_json(std::string_view text, const JsonLimits& limits, std::vector<std::string>& repeated);

}  // namespace dirbridge::proto
