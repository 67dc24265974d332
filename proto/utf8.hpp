// Making foreign text fit for a wire: what a directory or a person wrote need be neither short nor UTF-8.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace dirbridge::proto {

// `text` with every byte that is not part of well-formed UTF-8 (RFC 3629) replaced. Well-formed text comes back
// unchanged.
std::string repair_utf8(std::string_view text, std::string_view replacement = "\xEF\xBF\xBD");
// Repaired, NUL replaced as well, and cut to at most `max_bytes` between characters; cut text ends in "…" (`max_bytes`
// >= 3).
std::string clip(std::string_view text, std::size_t max_bytes);
// True if `text` has a C0 control character or DEL.
bool has_control(std::string_view text);
// True if well-formed `text` has characters that are not seen but change what is: C1 controls, line and paragraph
// separators, marks and overrides of the direction of text. With them a name can look like another one.
bool has_invisible(std::string_view text);

}  // namespace dirbridge::proto
