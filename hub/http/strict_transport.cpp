#include "hub/http/strict_transport.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace dirbridge::hub {
namespace {

// RFC 6761 and 6762, and what ICANN keeps for private use: nobody's for good.
constexpr std::array<std::string_view, 7> passing_ends{"localhost", "local", "test",    "example",
                                                       "invalid",   "lan",   "internal"};

bool is_digits(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

bool may_be_tied_to_tls(std::string_view host) {
  if (host.starts_with('[')) return false;
  host = host.substr(0, host.find(':'));
  if (host.ends_with('.')) host.remove_suffix(1);
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const auto end = host.substr(dot + 1);
  // No top-level domain is a number: this is an address (RFC 3986 section 3.2.2, WHATWG URL section 3.5).
  if (is_digits(end)) return false;
  return std::ranges::none_of(passing_ends, [&](std::string_view one) { return equals_ignore_case(end, one); });
}

}  // namespace dirbridge::hub
