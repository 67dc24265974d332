// Laws of names, over many thousands of generated ones. What is the same is known without a Unicode library: a value is
// made of letters each of which has a list of spellings that mean it.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "ldap/dn.hpp"

namespace dirbridge::ldap {
namespace {

using Random = std::mt19937;
std::size_t below(Random& random, std::size_t limit) { return random() % limit; }
template <class List>
const auto& one_of(const List& list, Random& random) {
  return list[below(random, std::size(list))];
}

// Spellings of one letter; no two lists mean the same.
const std::vector<std::vector<std::string>> letters{
    {"a", "A"},
    {"b", "B"},
    {"7"},
    {"-"},
    {"\xC3\xBC", "\xC3\x9C", "u\xCC\x88", "U\xCC\x88"},                          // u with diaeresis
    {"\xE1\xB9\xA9", "\xE1\xB9\xA8", "s\xCC\xA3\xCC\x87", "S\xCC\x87\xCC\xA3"},  // two marks, in either order
    {"\xC3\xA5", "\xC3\x85", "\xE2\x84\xAB", "a\xCC\x8A"},                       // the angstrom sign is the letter
    {"k", "K", "\xE2\x84\xAA"},                                                  // so is the kelvin sign
    {"\xCF\x83", "\xCE\xA3"},                                                    // sigma
    {"\xCF\x82"},                                                                // final sigma is another letter
    {"\xC3\x9F"},                                                                // sharp s
    {"\xE1\xBA\x9E"},                                                            // capital sharp s
    {"\xD0\xB8", "\xD0\x98"},                                                    // Cyrillic
    {"\xED\x95\x9C", "\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB"},                    // Hangul, whole and in parts
    {"\xE5\xB1\xB1"},                                                            // no case
    {"\xEF\xAC\x81"},                                                            // the ligature fi is not f and i
    {"\xF0\x90\x90\x80", "\xF0\x90\x90\xA8"},                                    // outside the first plane
    {","},
    {"+"},
    {";"},
    {"\""},
    {"\\"},
    {"<"},
    {">"},
    {"="},
    {"#"},
    {"/"},
    {"*"},  // special somewhere
    {"\x01"},
    {"\x7f"},
    {"\n"},
    {"\t"},
    {std::string(1, '\0')},
    {"\xC2\xA0"},  // hardly visible
};
// All of one type's names.
const std::vector<std::vector<std::string>> types{
    {"cn", "CN", "commonName", "2.5.4.3"},
    {"uid", "UID", "userid", "0.9.2342.19200300.100.1.1"},
    {"ou", "oU", "organizationalUnitName", "2.5.4.11"},
    {"dc", "DC", "domainComponent"},
    {"employeeNumber", "EMPLOYEENUMBER"},
    {"1.3.6.1.4.1.4203.666.1"},
};

// A name by meaning. A value is a list of letters, -1 for a blank; or bytes, for the #hex form.
struct Ava {
  std::size_t type = 0;
  std::vector<int> value;
  std::string bytes;
  friend auto operator<=>(const Ava&, const Ava&) = default;
};
using Rdn = std::vector<Ava>;
using Name = std::vector<Rdn>;

std::vector<int> some_value(Random& random) {
  static constexpr std::array<std::size_t, 8> lengths{1, 1, 2, 2, 3, 5, 12, 60};
  std::vector<int> value;
  for (std::size_t i = 0, length = one_of(lengths, random); i < length; ++i)
    value.push_back(below(random, 5) == 0 ? -1 : static_cast<int>(below(random, letters.size())));
  return value;
}

Name some_name(Random& random) {
  Name name(1 + below(random, 4));
  for (auto& rdn : name)
    for (std::size_t i = 0, count = below(random, 4) == 0 ? 2 + below(random, 2) : 1; i < count; ++i) {
      Ava ava{below(random, types.size()), some_value(random), {}};
      if (below(random, 15) == 0) {
        ava.value.clear();
        for (std::size_t b = 0; b < 1 + below(random, 3); ++b) ava.bytes += static_cast<char>(random());
      }
      rdn.push_back(std::move(ava));
    }
  return name;
}

// The same for names of one meaning, and for no others: blanks count once and not at the ends, order in an RDN does
// not.
Name meaning(Name name) {
  for (auto& rdn : name) {
    for (auto& [type, value, bytes] : rdn) {
      if (!bytes.empty()) continue;
      const auto end = std::unique(value.begin(), value.end(), [](int a, int b) { return a == -1 && b == -1; });
      value.erase(end, value.end());
      if (value.size() > 1 && value.back() == -1) value.pop_back();
      if (value.size() > 1 && value.front() == -1) value.erase(value.begin());
    }
    std::sort(rdn.begin(), rdn.end());
  }
  return name;
}

std::string hex(std::string_view bytes, std::string_view before, Random& random) {
  static constexpr std::array<std::string_view, 2> digits{"0123456789abcdef", "0123456789ABCDEF"};
  std::string out;
  for (const char c : bytes) {
    const auto& in_case = one_of(digits, random);
    out += before;
    out += in_case[static_cast<unsigned char>(c) >> 4];
    out += in_case[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string blanks(Random& random) { return std::string(below(random, 6) == 0 ? 1 + below(random, 2) : 0, ' '); }

std::string spell(const Ava& ava, Random& random) {
  auto out = one_of(types[ava.type], random) + blanks(random) + "=" + blanks(random);
  if (!ava.bytes.empty()) return out + "#" + hex(ava.bytes, "", random);
  // In quotes a backslash takes the next character as it is: \\42 is no B there, and nothing stands for NUL.
  const bool quoted = below(random, 8) == 0 && std::ranges::none_of(ava.value, [](int letter) {
                        return letter >= 0 && letters[static_cast<std::size_t>(letter)].front().front() == '\0';
                      });
  if (quoted) out += '"';
  for (std::size_t i = 0; i < ava.value.size(); ++i) {
    const bool at_edge = i == 0 || i + 1 == ava.value.size() || ava.value[i - 1] == -1;
    if (ava.value[i] == -1) {
      // Without an escape a blank at an end is no part of the value; one in a row of them may become one.
      static constexpr std::array<std::string_view, 3> escaped{"\\ ", "\\20", "\\20\\ "};
      out += quoted                                                            ? std::string(1 + below(random, 2), ' ')
             : at_edge || (i + 1 < ava.value.size() && ava.value[i + 1] == -1) ? std::string{one_of(escaped, random)}
                                                                               : " ";
      continue;
    }
    const auto& letter = one_of(letters[static_cast<std::size_t>(ava.value[i])], random);
    const char c = letter.front();
    const bool plain = letter.size() > 1 || (c > ' ' && c < 0x7f);
    const bool special = std::string_view{"\"+,;<>\\"}.find(c) != std::string_view::npos || (c == '#' && i == 0);
    if (!quoted && (!plain || below(random, 5) == 0))
      out += hex(letter, "\\", random);
    else if (quoted ? c == '"' || c == '\\' : special || (c == '=' && below(random, 2) == 0))
      out += "\\" + letter;
    else
      out += letter;
  }
  return quoted ? out + '"' : out;
}

std::string spell(const Name& name, Random& random) {
  std::string out;
  for (auto rdn : name) {
    std::shuffle(rdn.begin(), rdn.end(), random);
    if (!out.empty()) out += blanks(random) + (below(random, 10) == 0 ? ";" : ",") + blanks(random);
    for (std::size_t i = 0; i < rdn.size(); ++i) {
      if (i > 0) out += blanks(random) + "+" + blanks(random);
      out += spell(rdn[i], random);
    }
  }
  return out;
}

constexpr int names = 12'000;
constexpr std::size_t longest = 4096;  // of what parse() takes

TEST(DnLaws, EverySpellingOfAGeneratedNameHasTheCanonicalTextOfItsMeaningAndOfNoOther) {
  Random random{2026};
  std::map<std::string, Name> by_text;
  std::map<Name, std::string> by_meaning;
  int met_again = 0;
  for (int i = 0; i < names; ++i) {
    const auto name = some_name(random);
    for (int spelling = 0; spelling < 3; ++spelling) {
      const auto text = spell(name, random);
      const auto parsed = Dn::parse(text);
      ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
      const auto key = meaning(name);
      const auto [text_of, is_new_meaning] = by_meaning.try_emplace(key, parsed->canonical());
      ASSERT_EQ(text_of->second, parsed->canonical()) << text;
      const auto [meaning_of, is_new_text] = by_text.try_emplace(parsed->canonical(), key);
      ASSERT_TRUE(meaning_of->second == key) << text << " has the canonical text of another name";
      if (spelling == 0 && !is_new_meaning) ++met_again;
    }
  }
  EXPECT_GT(met_again, 100) << "names of one meaning must come about by chance as well";
}

TEST(DnLaws, WrittenAndReadAgainANameIsItselfAndItsCanonicalTextIsItsOwn) {
  Random random{7};
  for (int i = 0; i < names; ++i) {
    const auto text = spell(some_name(random), random);
    const auto parsed = Dn::parse(text);
    ASSERT_TRUE(parsed) << text << ": " << parsed.error().message();
    if (parsed->text().size() > longest || parsed->canonical().size() > longest) continue;
    const auto written = Dn::parse(parsed->text());
    ASSERT_TRUE(written) << text << " written as " << parsed->text() << ": " << written.error().message();
    ASSERT_EQ(*written, *parsed) << text;
    ASSERT_EQ(written->text(), parsed->text()) << text;
    ASSERT_EQ(written->rdn_value().empty(), false) << text;
    const auto folded = Dn::parse(parsed->canonical());
    ASSERT_TRUE(folded) << text << " is " << parsed->canonical() << ": " << folded.error().message();
    ASSERT_EQ(folded->canonical(), parsed->canonical()) << text;
  }
}

TEST(DnLaws, ComparisonsAreOfCanonicalTextsAndEveryNameIsWithinItsParent) {
  Random random{99};
  Dn before = Dn::parse("cn=first").value();
  for (int i = 0; i < names; ++i) {
    auto name = some_name(random);
    const auto base = Dn::parse(spell(name, random)).value();
    ASSERT_EQ(base == before, base.canonical() == before.canonical());
    ASSERT_EQ(before == base, base == before);
    ASSERT_EQ(base < before, base.canonical() < before.canonical());
    ASSERT_EQ((base <=> before) == 0, base == before);
    name.insert(name.begin(), Rdn{Ava{below(random, types.size()), some_value(random), {}}});
    const auto text = spell(name, random);
    const auto child = Dn::parse(text).value();
    ASSERT_TRUE(child.is_within(base)) << text;
    ASSERT_FALSE(base.is_within(child)) << text;
    before = base;
  }
}

}  // namespace
}  // namespace dirbridge::ldap
