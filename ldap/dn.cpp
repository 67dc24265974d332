#include "ldap/dn.hpp"

#include <ldap.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::size_t max_name_bytes = 4096;

struct DnDeleter {
  void operator()(LDAPRDN* dn) const { ldap_dnfree(dn); }
};
using DnPtr = std::unique_ptr<LDAPRDN, DnDeleter>;

DnPtr to_rdns(const std::string& text) {
  LDAPDN raw = nullptr;
  // The liberal reading (RFC 1779 quotes, blanks around separators), which is also slapd's own.
  if (ldap_str2dn(text.c_str(), &raw, LDAP_DN_FORMAT_LDAP) != LDAP_SUCCESS) return nullptr;
  return DnPtr{raw};
}

// The attribute types of RFC 4514 section 3 by their other names: servers compare them as one.
std::string canonical_type(std::string_view type) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 20> aliases{{
      {"2.5.4.3", "cn"},
      {"commonname", "cn"},
      {"2.5.4.4", "sn"},
      {"surname", "sn"},
      {"2.5.4.6", "c"},
      {"countryname", "c"},
      {"2.5.4.7", "l"},
      {"localityname", "l"},
      {"2.5.4.8", "st"},
      {"stateorprovincename", "st"},
      {"2.5.4.9", "street"},
      {"streetaddress", "street"},
      {"2.5.4.10", "o"},
      {"organizationname", "o"},
      {"2.5.4.11", "ou"},
      {"organizationalunitname", "ou"},
      {"0.9.2342.19200300.100.1.25", "dc"},
      {"domaincomponent", "dc"},
      {"0.9.2342.19200300.100.1.1", "uid"},
      {"userid", "uid"},
  }};
  const std::string lower = to_lower(type);
  const auto* alias = std::find_if(aliases.begin(), aliases.end(), [&](const auto& a) { return a.first == lower; });
  return alias == aliases.end() ? lower : std::string{alias->second};
}

// Letters that got their case, or came, after Unicode 3: the tables of OpenLDAP, 389 DS and Samba do not know it, and
// keep the two apart. So does every server the capital sharp s from its lower case. Measured letter by letter, see
// tests/integration/directories/names_test.cpp.
constexpr std::array<std::pair<utf8proc_int32_t, utf8proc_int32_t>, 22> caseless{
    {{0x023A, 0x024F}, {0x0370, 0x0373}, {0x0376, 0x0377},   {0x037F, 0x037F},   {0x03CF, 0x03CF}, {0x03F7, 0x03FF},
     {0x04C0, 0x04C0}, {0x04F6, 0x04F7}, {0x04FA, 0x04FF},   {0x0510, 0x052F},   {0x10A0, 0x10CD}, {0x13A0, 0x13F5},
     {0x1C90, 0x1CBF}, {0x1E9E, 0x1E9E}, {0x1EFA, 0x1EFF},   {0x2132, 0x2132},   {0x2160, 0x2183}, {0x24B6, 0x24CF},
     {0x2C00, 0x2CFF}, {0xA640, 0xA7FF}, {0x10426, 0x10427}, {0x10450, 0x10FFFF}}};

utf8proc_int32_t lower_code_point(utf8proc_int32_t code_point, void*) {
  if (code_point < 0x80) return utf8proc_tolower(code_point);
  const bool is_caseless = std::ranges::any_of(
      caseless, [=](const auto& range) { return code_point >= range.first && code_point <= range.second; });
  return is_caseless ? code_point : utf8proc_tolower(code_point);
}

enum class Letters { composed, as_they_are };

// NFC unless letters are to stay as they are, with each code point in lower case first if `fold`. Simple lower case and
// not full case folding: slapd keeps "Straße" and "Strasse" apart, and so must we. nullopt: not UTF-8.
std::optional<std::string> normalise(std::string_view value, Letters letters, bool fold) {
  utf8proc_uint8_t* raw = nullptr;
  const auto options = letters == Letters::composed ? static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE)
                                                    : static_cast<utf8proc_option_t>(0);
  const auto length = utf8proc_map_custom(reinterpret_cast<const utf8proc_uint8_t*>(value.data()),
                                          static_cast<utf8proc_ssize_t>(value.size()), &raw, options,
                                          fold ? &lower_code_point : nullptr, nullptr);
  if (length < 0) return std::nullopt;
  std::string out{reinterpret_cast<const char*>(raw), static_cast<std::size_t>(length)};
  std::free(raw);
  return out;
}

// As slapd's caseIgnoreMatch sees blanks: none outside, one inside; a value of blanks alone is one blank.
std::string collapse_blanks(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c != ' ') {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  if (out.empty()) out = " ";
  return out;
}

std::string escape(std::string_view value) {
  static constexpr std::string_view hex = "0123456789ABCDEF";
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const auto c = static_cast<unsigned char>(value[i]);
    const bool edge_blank = c == ' ' && (i == 0 || i + 1 == value.size());
    if (c < 0x20 || c == 0x7f) {
      out += {'\\', hex[c >> 4], hex[c & 15]};
      continue;
    }
    if (edge_blank || (c == '#' && i == 0) || std::string_view{"\"+,;<>\\"}.find(value[i]) != std::string_view::npos)
      out += '\\';
    out += value[i];
  }
  return out;
}

std::string hex_string(std::string_view bytes) {
  static constexpr std::string_view hex = "0123456789abcdef";
  std::string out = "#";
  for (const char c : bytes) {
    out += hex[static_cast<unsigned char>(c) >> 4];
    out += hex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string excerpt(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  return "\"" + out + (text.size() > 60 ? "…\"" : "\"");
}

// libldap says only "no": the first RDN it does not accept alone is the place.
std::string place_of_error(std::string_view text) {
  std::size_t number = 1;
  std::size_t start = 0;
  bool quoted = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '\\') {
      ++i;
      continue;
    }
    if (i < text.size() && text[i] == '"') quoted = !quoted;
    const bool at_end = i >= text.size();
    if (!at_end && (quoted || (text[i] != ',' && text[i] != ';'))) continue;
    const auto rdn = text.substr(start, std::min(i, text.size()) - start);
    if (trim(rdn).empty() || !to_rdns(std::string{rdn})) return "RDN " + std::to_string(number) + " " + excerpt(rdn);
    start = i + 1;
    ++number;
  }
  return excerpt(text);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Of a value of which nothing needs an escape, a normal form or a closer look.
bool is_plain_value_char(char c) {
  return c >= ' ' && c <= '~' && std::string_view{"\"#+,;<=>\\"}.find(c) == std::string_view::npos;
}

struct Spelling {
  std::string text;
  std::string canonical;
  std::string raw_canonical;  // with letters as they were spelled
};

// One type=value. The error is what is wrong with the value.
result<Spelling> spell(const LDAPAVA& ava) {
  const std::string_view type{ava.la_attr.bv_val, ava.la_attr.bv_len};
  const std::string_view value{ava.la_value.bv_val, ava.la_value.bv_len};
  // Samba and 389 DS do not know a type by its number, 389 DS not by its long name.
  const auto canonical = canonical_type(type);
  const auto shown = (canonical == to_lower(type) ? std::string{type} : canonical) + "=";
  if (value.empty()) return Error{errc::malformed, "the value of " + std::string{type} + " is empty"};
  if ((ava.la_flags & LDAP_AVA_BINARY) != 0) {
    const auto text = shown + hex_string(value);
    const auto key = canonical + "=" + hex_string(value);
    return Spelling{text, key, key};
  }
  const auto composed = is_utf8(value) ? normalise(value, Letters::composed, false) : std::nullopt;
  const auto folded = composed ? normalise(*composed, Letters::composed, true) : std::nullopt;
  const auto raw_folded = folded ? normalise(value, Letters::as_they_are, true) : std::nullopt;
  if (!raw_folded) return Error{errc::malformed, "the value of " + std::string{type} + " is not UTF-8"};
  const auto key_of = [&](const std::string& letters) { return canonical + "=" + escape(collapse_blanks(letters)); };
  return Spelling{shown + escape(*composed), key_of(*folded), key_of(*raw_folded)};
}

// RFC 4514: the order inside an RDN means nothing.
std::string in_one_order(std::vector<std::string> parts) {
  std::ranges::sort(parts);
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : "+") + part;
  return all;
}

// Of two keys.
bool lies_within(const std::string& name, const std::string& base) {
  if (base.empty() || name == base) return true;
  if (!name.ends_with(base) || name.size() <= base.size() + 1) return false;
  const std::size_t comma = name.size() - base.size() - 1;
  if (name[comma] != ',') return false;
  // An escaped comma belongs to a value. The escape is itself not escaped only if the backslashes are odd in number.
  std::size_t backslashes = 0;
  while (backslashes < comma && name[comma - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 0;
}

}  // namespace

result<Dn> Dn::parse(std::string_view text) {
  Dn dn;
  if (dn.parse_plain(text)) return dn;
  return parse_by_library(text);
}

// "uid=jane,ou=people,dc=example,dc=org": nearly every name there is, and a request can have ten thousand. False, and
// nothing is said, for whatever is not as simple as that; the name is then spoilt.
bool Dn::parse_plain(std::string_view text) {
  constexpr std::size_t shortest_alias = 6;  // "userid"
  if (text.size() > max_name_bytes) return false;
  text_.reserve(text.size());
  canonical_.reserve(text.size());
  for (std::size_t at = 0; at <= text.size();) {
    const auto type_start = at;
    while (at < text.size() &&
           (is_letter(text[at]) || (at > type_start && ((text[at] >= '0' && text[at] <= '9') || text[at] == '-'))))
      ++at;
    if (at == type_start || at >= text.size() || text[at] != '=') return false;
    const auto type = text.substr(type_start, at - type_start);
    const auto value_start = ++at;
    while (at < text.size() && is_plain_value_char(text[at])) {
      if (text[at] == ' ' && (at == value_start || text[at - 1] == ' ')) return false;
      ++at;
    }
    if (at == value_start || text[at - 1] == ' ' || (at < text.size() && text[at] != ',')) return false;
    const auto value = text.substr(value_start, at - value_start);
    ++at;

    if (type_start == 0) {
      rdn_value_ = value;
    } else {
      text_ += ',';
      canonical_ += ',';
    }
    if (type.size() < shortest_alias) {
      text_ += type;
      for (const char c : type) canonical_ += lower(c);
    } else {
      const auto known = canonical_type(type);
      text_ += known == to_lower(type) ? type : std::string_view{known};
      canonical_ += known;
    }
    text_.append(1, '=').append(value);
    canonical_ += '=';
    for (const char c : value) canonical_ += lower(c);
  }
  return true;
}

result<Dn> Dn::parse_by_library(std::string_view text) {
  if (trim(text).empty()) return Error{errc::malformed, "a distinguished name is empty"};
  if (text.size() > max_name_bytes)
    return Error{errc::too_large, "a distinguished name is longer than " + std::to_string(max_name_bytes) + " bytes"};
  const auto refuse = [&](const std::string& why) {
    return Error{errc::malformed, "not a distinguished name: " + why + " in " + excerpt(text)};
  };
  if (text.find('\0') != std::string_view::npos) return refuse("a NUL byte");
  if (!is_utf8(text)) return Error{errc::malformed, "not a distinguished name: not UTF-8"};
  const auto rdns = to_rdns(std::string{text});
  if (!rdns || rdns.get()[0] == nullptr) return refuse(place_of_error(text));

  Dn dn;
  Spelled raw{std::string{text}, {}, false};
  const auto append = [](std::string& name, const std::string& part) { name += (name.empty() ? "" : ",") + part; };
  for (LDAPRDN* rdn = rdns.get(); *rdn != nullptr; ++rdn) {
    std::vector<std::string> canonical;
    std::vector<std::string> raw_canonical;
    std::string spelled;
    for (LDAPAVA** ava = *rdn; *ava != nullptr; ++ava) {
      auto one = spell(**ava);
      if (!one) return refuse(one.error().detail);
      if (rdn == rdns.get() && ava == *rdn) dn.rdn_value_.assign((*ava)->la_value.bv_val, (*ava)->la_value.bv_len);
      spelled += (spelled.empty() ? "" : "+") + one->text;
      canonical.push_back(std::move(one->canonical));
      raw_canonical.push_back(std::move(one->raw_canonical));
    }
    append(dn.text_, spelled);
    append(dn.canonical_, in_one_order(std::move(canonical)));
    append(raw.canonical, in_one_order(std::move(raw_canonical)));
  }
  if (raw.text != dn.text_ || raw.canonical != dn.canonical_)
    dn.spelled_ = std::make_shared<const Spelled>(std::move(raw));
  return dn;
}

void Dn::keep_letters() {
  if (!spelled_) return;
  auto kept = *spelled_;
  kept.keeps = true;
  spelled_ = std::make_shared<const Spelled>(std::move(kept));
}

bool Dn::is_within(const Dn& base) const { return lies_within(canonical_, base.canonical_); }

bool Dn::is_within_as_spelled(const Dn& base) const { return lies_within(key_as_spelled(), base.key_as_spelled()); }

}  // namespace dirbridge::ldap
