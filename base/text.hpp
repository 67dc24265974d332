// Small questions about text that several folders ask.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace dirbridge {

// Well-formed UTF-8 (RFC 3629): no surrogates, no overlong forms, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// ASCII lower case; other bytes unchanged (LDAP attribute descriptions, HTTP header names).
std::string to_lower(std::string_view text);
bool equals_ignore_case(std::string_view a, std::string_view b);
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
// Percent-decoding of one path segment or query value (RFC 3986). "%zz" and a decoded NUL are errors.
result<std::string> percent_decode(std::string_view text);
std::string percent_encode(std::string_view text);

// The whole file, at most `limit` bytes; errors name the path.
result<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);
// Writes to a sibling and renames: readers see the old text or the new one. `mode` as for chmod, e.g. 0600 for secrets.
result<void> write_file(const std::string& path, std::string_view text, unsigned mode = 0644);

}  // namespace dirbridge
