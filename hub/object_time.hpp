// The times of objects, as Okta shows them (contract B5): whole seconds. Events of the System Log have their
// milliseconds.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace dirbridge::hub {

// "2026-11-23T18:44:38.000Z", the second within which `time` is.
inline std::string object_time(WallTime time) { return to_iso8601(std::chrono::floor<std::chrono::seconds>(time)); }

// 2026-11-23T18:44:38.120Z, with or without the fraction, with Z or an offset; 2026-11-23 is its first moment.
std::optional<WallTime> from_iso8601(std::string_view text);

}  // namespace dirbridge::hub
