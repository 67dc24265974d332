// The ids of Active Directory's objects: 16 bytes whose first three fields are little-endian (MS-DTYP 2.3.4), shown as
// "0f93f6d9-cbb7-4f9f-aed7-53c7b2da084a". Pure.
#pragma once
#include <string>
#include <string_view>

namespace dirbridge {

inline constexpr std::size_t guid_bytes = 16;

// The text form, in any case of its digits.
bool is_guid(std::string_view text);
// `bytes` are guid_bytes.
std::string guid_text(std::string_view bytes);
// The bytes that guid_text() shows as `text`; `text` is_guid().
std::string guid_from_text(std::string_view text);

}  // namespace dirbridge
