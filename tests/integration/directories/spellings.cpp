#include "integration/directories/spellings.hpp"

#include <array>
#include <cstdio>
#include <string_view>

#include "lab/sample_organisation.hpp"

namespace dirbridge::directories {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }
std::size_t below(std::mt19937& random, std::size_t limit) { return random() % limit; }

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// The value of the first RDN's first type: where spellings differ without leaving the name.
struct Parts {
  std::string before;  // "cn="
  std::string value;   // escaped
  std::string after;   // "+uid=…,ou=…"
};
Parts parts_of(const std::string& name) {
  const auto from = name.find('=') + 1;
  auto end = from;
  while (end < name.size() && name[end] != ',' && name[end] != '+') end += name[end] == '\\' ? 2 : 1;
  return {name.substr(0, from), name.substr(from, end - from), name.substr(end)};
}
Respelling of_value(std::function<std::string(std::string, std::mt19937&)> change) {
  return [change = std::move(change)](const std::string& name, std::mt19937& random) {
    const auto parts = parts_of(name);
    return parts.before + change(parts.value, random) + parts.after;
  };
}
Respelling exchange(std::string from, std::string to) {
  return of_value([from = std::move(from), to = std::move(to)](std::string value, std::mt19937&) {
    return replaced(std::move(value), from, to);
  });
}
Respelling of_name(std::string from, std::string to) {
  return [from = std::move(from), to = std::move(to)](const std::string& name, std::mt19937&) {
    return replaced(name, from, to);
  };
}

std::string other_case(const std::string& name, std::mt19937& random) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    // A letter behind a backslash may be a digit of an escape, which has two cases as well.
    const char c = name[i];
    out += is_letter(c) && below(random, 2) == 0 ? static_cast<char>(c ^ 0x20) : c;
  }
  return out;
}

std::string hex_of(char c) {
  std::array<char, 4> text{};
  std::snprintf(text.data(), text.size(), "\\%02x", static_cast<unsigned char>(c));
  return text.data();
}

bool is_hex_pair(std::string_view text, std::size_t at) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); };
  return at + 1 < text.size() && is_hex(text[at]) && is_hex(text[at + 1]);
}

// Some characters as \XX, each with all its bytes.
std::string some_hex(std::string value, std::mt19937& random) {
  std::string out;
  for (std::size_t i = 0; i < value.size();) {
    const auto lead = static_cast<unsigned char>(value[i]);
    const std::size_t size = value[i] == '\\' ? (is_hex_pair(value, i + 1) ? 3 : 2)
                             : lead < 0x80    ? 1
                             : lead < 0xE0    ? 2
                             : lead < 0xF0    ? 3
                                              : 4;
    const auto character = value.substr(i, size);
    i += size;
    if (character.front() == '\\' || below(random, 3) != 0) {
      out += character;
      continue;
    }
    for (const char c : character) out += hex_of(c);
  }
  return out;
}

std::string special_as_hex(std::string value, std::mt19937&) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_special = value[i] == '\\' && i + 1 < value.size() && !is_plain(value[i + 1]);
    out += is_special ? hex_of(value[++i]) : std::string(1, value[i]);
  }
  return out;
}

std::string quoted(std::string value, std::mt19937&) {
  std::string out = "\"";
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_special = value[i] == '\\' && i + 1 < value.size() && !is_plain(value[i + 1]);
    const bool stays = is_special && (value[i + 1] == '"' || value[i + 1] == '\\');
    if (is_special && !stays) ++i;
    out += stays ? value.substr(i, 2) : std::string(1, value[i]);
    if (stays) ++i;
  }
  return out + "\"";
}

std::string without_one(std::string value, std::mt19937& random) {
  for (int tries = 0; tries < 20; ++tries) {
    const auto at = below(random, value.size());
    const bool in_escape = (at >= 1 && value[at - 1] == '\\') || (at >= 2 && value[at - 2] == '\\');
    if (is_letter(value[at]) && !in_escape) return value.erase(at, 1);
  }
  return value;
}

std::string swapped(const std::string& name, std::mt19937&) {
  const auto parts = parts_of(name);
  if (parts.after.empty() || parts.after.front() != '+') return name;
  const auto comma = parts.after.find(',');
  return parts.after.substr(1, comma - 1) + "+" + parts.before + parts.value + parts.after.substr(comma);
}

// Behind the first letter, and not inside of one.
std::string behind_first(std::string value, std::string_view what) {
  return value.insert(is_plain(value.front()) ? 1 : 0, what);
}

// The bytes that an escaped value stands for; empty if it is in quotes.
std::string unescaped(const std::string& value) {
  if (value.empty() || value.front() == '"') return {};
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 >= value.size()) {
      out += value[i];
    } else if (is_hex_pair(value, i + 1)) {
      out += static_cast<char>(digit(value[i + 1]) * 16 + digit(value[i + 2]));
      i += 2;
    } else {
      out += value[++i];
    }
  }
  return out;
}

// #hex of RFC 4514: the BER encoding of the value, as a string of this type.
Respelling as_ber(unsigned char tag) {
  return of_value([tag](std::string value, std::mt19937&) {
    const auto bytes = unescaped(value);
    if (bytes.empty() || bytes.size() > 127) return value;
    std::string out = "#";
    for (const char c : std::string{static_cast<char>(tag), static_cast<char>(bytes.size())} + bytes)
      out += hex_of(c).substr(1);
    return out;
  });
}

struct TypeNames {
  std::string_view name;
  std::string_view number;
  std::string_view long_name;
  bool in_rfc4514;
};
constexpr std::array<TypeNames, 6> types{{{"cn", "2.5.4.3", "commonName", true},
                                          {"uid", "0.9.2342.19200300.100.1.1", "userid", true},
                                          {"l", "2.5.4.7", "localityName", true},
                                          {"title", "2.5.4.12", "title", false},
                                          {"description", "2.5.4.13", "description", false},
                                          {"labeledURI", "1.3.6.1.4.1.250.1.57", "labeledURL", false}}};
constexpr std::string_view minds_case = "labeledURI";

// Of the first type, where `choose` has a name for it.
Respelling of_type(std::function<std::string_view(const TypeNames&)> choose) {
  return [choose = std::move(choose)](const std::string& name, std::mt19937&) {
    const auto end = name.find('=');
    for (const auto& one : types)
      if (name.substr(0, end) == one.name)
        if (const auto other = choose(one); !other.empty()) return std::string{other} + name.substr(end);
    return name;
  };
}

bool minds(const std::string& name) { return name.starts_with(minds_case); }
// One and the same change is another thing where the type minds case.
Respelling where(bool wanted, Respelling change) {
  return [wanted, change = std::move(change)](const std::string& name, std::mt19937& random) {
    return minds(name) == wanted ? change(name, random) : name;
  };
}

std::string some_value(std::mt19937& random, int number) {
  static constexpr std::array<std::string_view, 33> pieces{"Anna",
                                                           "de la Cruz",
                                                           "O'Neill",
                                                           "Smith, John",
                                                           "a+b",
                                                           "x=y",
                                                           "M\xC3\xBCller",
                                                           "Stra\xC3\x9F"
                                                           "e",
                                                           "\xC3\x85ngstr\xC3\xB6m",
                                                           "\xCE\xA3\xCE\xAF\xCF\x83\xCF\x85\xCF\x86\xCE\xBF\xCF\x82",
                                                           "\xD0\x98\xD0\xB2\xD0\xB0\xD0\xBD",
                                                           "\xE5\xB1\xB1\xE7\x94\xB0",
                                                           "caf\xC3\xA9",
                                                           "(admin)",
                                                           "50% *",
                                                           "a;b",
                                                           "<tag>",
                                                           "\"Bob\"",
                                                           "back\\slash",
                                                           "#hash",
                                                           "tab",
                                                           "two  blanks",
                                                           "UPPER",
                                                           "lower",
                                                           "fi",
                                                           "\xC3\xB1"
                                                           "and\xC3\xBA",
                                                           "ss",
                                                           "K",
                                                           "\xE1\xB9\xA9",      // two marks
                                                           "\xED\x95\x9C",      // Hangul
                                                           "\xF0\x90\x90\x80",  // Deseret, outside plane 0
                                                           "\xE1\x83\x90",      // Georgian
                                                           "\xC4\xB0zmir 10\xC2\xB2"};
  std::string value = "n" + std::to_string(number);
  for (std::size_t i = 0, count = 1 + below(random, 3); i < count; ++i)
    value += " " + std::string{pieces[below(random, pieces.size())]};
  return value;
}

}  // namespace

GeneratedName some_name(std::mt19937& random, int number, const std::string& base, bool plain) {
  const auto value = some_value(random, number);
  const auto id = std::to_string(number);
  GeneratedName made;
  std::vector<std::pair<std::string, std::string>> rdn{{"cn", value}};
  std::string parent = base;
  if (!plain) {
    const auto ascii = "n" + id + " Kim, the second";  // 389 DS wants uid so
    switch (number % 12) {
      case 5: rdn.emplace_back("uid", "m" + id); break;
      case 6: rdn = {{"uid", ascii}, {"l", "Z\xC3\xBCrich"}, {"cn", "c" + id}}; break;
      case 7: rdn = {{"uid", ascii}}; break;
      case 8: rdn = {{number % 24 == 8 ? "title" : "description", value}}; break;
      case 9: rdn = {{std::string{minds_case}, "http://Example.org/" + id + "/Path name"}}; break;
      // slapd's database takes no RDN of more than some 240 bytes.
      case 10: rdn[0].second += " " + std::string(60 + below(random, 90), 'x') + " end"; break;
      case 11: rdn = {{"cn", number % 24 == 11 ? " " : "  " + value + "\x01\x7f\n "}, {"uid", "b" + id}}; break;
      default: break;
    }
  } else {
    while (rdn[0].second.size() > 60) rdn[0].second = some_value(random, number);
  }
  for (const auto& [type, text] : rdn) {
    made.dn += (made.dn.empty() ? "" : "+") + type + "=";
    const auto escaped = lab::escape_rdn_value(text);
    // LDIF and RFC 4514 allow a control character as it is; not everybody reads it so.
    for (const char c : escaped)
      made.dn += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? hex_of(c) : std::string(1, c);
    made.entry += lab::ldif_line(type, text);
  }
  made.dn += "," + parent;
  return made;
}

const std::map<std::string, Respelling>& respellings() {
  static const std::map<std::string, Respelling> all{
      {"letters in another case", where(false, other_case)},
      {"letters in another case, of a type that minds it", where(true, other_case)},
      {"a type in another case", of_type([](const TypeNames& type) -> std::string_view {
         return type.name == "cn" ? "Cn" : type.name == "uid" ? "UID" : "";
       })},
      {"a blank behind the first equals sign", of_value([](std::string value, std::mt19937&) { return " " + value; })},
      {"blanks around plus", of_name("+uid=", " + uid=")},
      {"the value as BER (#0c…)", as_ber(0x0c)},
      {"the value as BER octets (#04…)", as_ber(0x04)},
      {"combining marks in another order", exchange("\xE1\xB9\xA9", "s\xCC\x87\xCC\xA3")},
      {"Hangul in parts", exchange("\xED\x95\x9C", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB")},
      {"Deseret in another case", exchange("\xF0\x90\x90\x80", "\xF0\x90\x90\xA8")},
      {"Georgian in another case", exchange("\xE1\x83\x90", "\xE1\xB2\x90")},
      {"i for dotted capital I", exchange("\xC4\xB0", "i")},
      {"dotless i for i", exchange("i", "\xC4\xB1")},
      {"long s for s", exchange("s", "\xC5\xBF")},
      {"2 for superscript 2", exchange("\xC2\xB2", "2")},
      {"blanks around commas", of_name(",ou=", " , ou=")},
      {"blanks around equals signs", of_name(",ou=", ",ou =  ")},
      {"semicolons for commas", of_name(",ou=", ";ou=")},
      {"a type as a number", of_type([](const TypeNames& type) { return type.in_rfc4514 ? type.number : ""; })},
      {"a type beyond RFC 4514's table as a number",
       of_type([](const TypeNames& type) { return type.in_rfc4514 ? "" : type.number; })},
      {"a type as OID.number", of_name("cn=", "OID.2.5.4.3=")},
      {"a type by its long name", of_type([](const TypeNames& type) { return type.in_rfc4514 ? type.long_name : ""; })},
      {"an RDN's parts in another order", swapped},
      {"characters as hex", of_value(some_hex)},
      {"special characters as hex", of_value(special_as_hex)},
      {"quotes (RFC 1779)", of_value(quoted)},
      {"two blanks for one", exchange(" ", "  ")},
      {"one blank for two", exchange("  ", " ")},
      {"blanks at the ends, escaped", of_value([](std::string value, std::mt19937&) { return "\\ " + value + "\\ "; })},
      {"accents as combining marks", of_value([](std::string value, std::mt19937&) {
         value = replaced(std::move(value), "\xC3\xBC", "u\xCC\x88");
         value = replaced(std::move(value), "\xC3\xA9", "e\xCC\x81");
         value = replaced(std::move(value), "\xC3\x85", "A\xCC\x8A");
         return replaced(std::move(value), "\xC3\xB6", "o\xCC\x88");
       })},
      {"other letters in another case", of_value([](std::string value, std::mt19937&) {
         value = replaced(std::move(value), "\xC3\xBC", "\xC3\x9C");
         value = replaced(std::move(value), "\xD0\x98", "\xD0\xB8");
         return replaced(std::move(value), "\xC3\xB1", "\xC3\x91");
       })},
      {"final sigma for sigma", exchange("\xCF\x83", "\xCF\x82")},
      {"capital sigma for final sigma", exchange("\xCF\x82", "\xCE\xA3")},
      {"angstrom sign for the letter", exchange("\xC3\x85", "\xE2\x84\xAB")},
      {"kelvin sign for K", exchange("K", "\xE2\x84\xAA")},
      {"ss for sharp s", exchange("\xC3\x9F", "ss")},
      {"capital sharp s", exchange("\xC3\x9F", "\xE1\xBA\x9E")},
      {"no accents", exchange("\xC3\xA9", "e")},
      {"ligature fi", exchange("fi", "\xEF\xAC\x81")},
      {"full-width letter", exchange("n", "\xEF\xBD\x8E")},
      {"no-break space for blank", exchange(" ", "\xC2\xA0")},
      {"tab for blank", exchange(" ", "\\09")},
      {"soft hyphen inside",
       of_value([](std::string value, std::mt19937&) { return behind_first(value, "\xC2\xAD"); })},
      {"zero-width space inside",
       of_value([](std::string value, std::mt19937&) { return behind_first(value, "\xE2\x80\x8B"); })},
      {"a letter less", of_value(without_one)},
      {"another type", of_name("cn=", "sn=")},
      {"another parent", of_name(",ou=", ",ou=x")},
      {"a control character less", of_name("\\01", "")},
  };
  return all;
}

}  // namespace dirbridge::directories
