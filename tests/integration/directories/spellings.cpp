#include "integration/directories/spellings.hpp"

#include <array>
#include <cstdio>
#include <string_view>

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

// Some characters as \XX, each with all its bytes.
std::string some_hex(std::string value, std::mt19937& random) {
  std::string out;
  for (std::size_t i = 0; i < value.size();) {
    const auto lead = static_cast<unsigned char>(value[i]);
    const std::size_t size = value[i] == '\\' ? 2 : lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
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

}  // namespace

std::string some_value(std::mt19937& random, int number) {
  static constexpr std::array<std::string_view, 28> pieces{"Anna",
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
                                                           "K"};
  std::string value = "n" + std::to_string(number);
  for (std::size_t i = 0, count = 1 + below(random, 3); i < count; ++i)
    value += " " + std::string{pieces[below(random, pieces.size())]};
  return value;
}

const std::map<std::string, Respelling>& respellings() {
  static const std::map<std::string, Respelling> all{
      {"letters in another case", other_case},
      {"blanks around commas", of_name(",ou=", " , ou=")},
      {"blanks around equals signs", of_name(",ou=", ",ou =  ")},
      {"semicolons for commas", of_name(",ou=", ";ou=")},
      {"a type as a number", of_name("cn=", "2.5.4.3=")},
      {"a type as OID.number", of_name("cn=", "OID.2.5.4.3=")},
      {"a type by its long name", of_name("cn=", "commonName=")},
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
      {"soft hyphen inside", of_value([](std::string value, std::mt19937&) { return value.insert(1, "\xC2\xAD"); })},
      {"zero-width space inside",
       of_value([](std::string value, std::mt19937&) { return value.insert(1, "\xE2\x80\x8B"); })},
      {"a letter less", of_value(without_one)},
      {"another type", of_name("cn=", "sn=")},
      {"another parent", of_name(",ou=", ",ou=x")},
  };
  return all;
}

}  // namespace dirbridge::directories
