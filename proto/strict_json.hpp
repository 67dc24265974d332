// JSON from a peer: bounded before it is read, and read once, key by key, with a reason for every refusal.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge::proto {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t bytes = 1 << 20;
  std::size_t depth = 16;
};
// Refuses (errc::too_large, errc::malformed with the byte offset): over the limits, not UTF-8, trailing text, a key twice in one object.
result<Json> parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace dirbridge::proto
