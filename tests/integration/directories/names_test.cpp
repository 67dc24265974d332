// Thousands of names, each spelled in many ways: does our comparison say what the server's own says?
//
// Each name is that of an entry, and a value of one group. The server is asked for both by another spelling: a base
// search finds the entry or not, a filter finds the value or not. What is sent is the spelling itself, as an SDK's
// caller could have written it, and then what the agent would send in its place.
#include <locale.h>
#include <wctype.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <random>
#include <set>

#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/spellings.hpp"
#include "integration/directories/word_of_server.hpp"
#include "ldap/dn.hpp"
#include "ldap/filter.hpp"

namespace dirbridge::directories {
namespace {

using Ids = std::set<std::string>;
// What a server sees otherwise than we do, by ids of spellings.
struct Differences {
  Ids only_we;      // we say the same, the server says another
  Ids only_server;  // the other way round
  Ids lost;         // we say the same, and the server does not find it by what the agent would send
  bool operator==(const Differences&) const = default;
};

// What each server is known to see otherwise, of entries and of values alike; docs/directories.md, "Names", has the
// table.
const Differences& known(Server server);

// One spelling, and what we think of it.
struct Spelling {
  std::size_t name;
  Ids ids;  // what was done to the name, one after the other
  std::string text;
  bool same;
  std::string sent;  // by the agent; empty: it is no name to us
};

class Names : public OnEachServer {
 protected:
  bool is_samba() { return server().kind() == Server::samba; }

  void make_entries() {
    std::mt19937 random{20'26};
    const int count = is_samba() ? 100 : 240;
    std::string ldif;
    auto base = server().people_base();
    std::ranges::transform(base.begin(), base.begin() + 2, base.begin(), [](char c) { return c | 0x20; });  // "ou="
    for (int i = 0; i < count; ++i) {
      const auto made = some_name(random, i, base, is_samba());
      if (is_samba() && made.dn.find('=', 3) < made.dn.find(",ou=")) continue;           // Samba wants it escaped
      if (server().kind() == Server::ds389 && made.dn.starts_with("cn=\\ +")) continue;  // to it that is no value
      names_.push_back(made.dn);
      ldif += lab::ldif_line("dn", made.dn) + made.entry;
      if (is_samba()) {
        ldif += "objectClass: user\nsAMAccountName: name" + std::to_string(i) + "\n\n";
        continue;
      }
      ldif += "objectClass: inetOrgPerson\nsn: name\n";
      if (made.entry.find("cn:") == std::string::npos) ldif += "cn: name " + std::to_string(i) + "\n";
      ldif += "\n";
    }
    server().change(ldif);
    group_ = server().make_group("names", names_);
  }

  void spell() {
    std::mt19937 random{7};
    std::vector<const std::pair<const std::string, Respelling>*> all;
    for (const auto& one : respellings()) all.push_back(&one);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      for (const auto* one : all) add(i, {one->first}, one->second(names_[i], random));
      // Two or three of them one after the other.
      for (int more = 0; more < 12; ++more) {
        auto text = names_[i];
        Ids ids;
        for (std::size_t step = 0; step < 2 + random() % 2; ++step) {
          const auto* one = all[random() % all.size()];
          auto next = one->second(text, random);
          if (next != text) ids.insert(one->first);
          text = std::move(next);
        }
        if (ids.size() > 1) add(i, ids, text);
      }
    }
  }
  void add(std::size_t name, Ids ids, std::string text) {
    if (text == names_[name]) return;
    const auto parsed = ldap::Dn::parse(text);
    spellings_.push_back({name, std::move(ids), std::move(text),
                          parsed && *parsed == ldap::Dn::parse(names_[name]).value(),
                          parsed ? parsed->text() : std::string{}});
  }

  // The server's word on each spelling and on what the agent sends for it, which is asked for where it matters only.
  Differences compare(const char* what, const std::function<WordOfServer::Question(const std::string&)>& question,
                      const Differences& listed) {
    std::vector<WordOfServer::Question> questions;
    for (const auto& name : names_) questions.push_back(question(name));
    for (const auto& one : spellings_) questions.push_back(question(one.text));
    for (const auto& one : spellings_) questions.push_back(question(one.same ? one.sent : one.text));
    const auto begin = std::chrono::steady_clock::now();
    const auto answers = word_->ask(questions);
    const auto took = std::chrono::steady_clock::now() - begin;
    std::printf("%s: %zu names as %s in %zu spellings, %zu questions in %lld ms\n", name_of(server().kind()).c_str(),
                names_.size(), what, spellings_.size(), questions.size(),
                static_cast<long long>(std::chrono::duration_cast<milliseconds>(took).count()));
    for (std::size_t i = 0; i < names_.size(); ++i) EXPECT_TRUE(answers[i]) << what << " " << names_[i];
    Differences seen;
    std::map<std::string, int> shown;
    for (std::size_t i = 0; i < spellings_.size(); ++i) {
      const auto& one = spellings_[i];
      const bool they = answers[names_.size() + i];
      const bool found = answers[names_.size() + spellings_.size() + i];
      note(seen.only_we, one.same && !they, one, listed.only_we, what, shown);
      note(seen.only_server, they && !one.same, one, listed.only_server, what, shown);
      note(seen.lost, one.same && !found, one, listed.lost, what, shown);
    }
    return seen;
  }
  // A difference of several changes in a row must come from one of them that is listed.
  void note(Ids& seen, bool differs, const Spelling& one, const Ids& listed, const char* what,
            std::map<std::string, int>& shown) {
    if (!differs) return;
    const auto& id = *one.ids.begin();
    if (one.ids.size() == 1) {
      seen.insert(id);
      if (listed.contains(id) || shown[id]++ > 0) return;
      std::printf("  %s, %s: %s / %s sent as %s\n", what, id.c_str(), names_[one.name].c_str(), one.text.c_str(),
                  one.sent.c_str());
      return;
    }
    for (const auto& part : one.ids)
      if (is_listed(part)) return;
    std::string all;
    for (const auto& part : one.ids) all += (all.empty() ? "" : " + ") + part;
    ADD_FAILURE() << what << ", " << all << ": " << names_[one.name] << " / " << one.text << " sent as " << one.sent;
  }

  bool is_listed(const std::string& id) {
    const auto& [only_we, only_server, lost] = known(server().kind());
    return only_we.contains(id) || only_server.contains(id) || lost.contains(id);
  }

  void expect_listed(const Differences& seen, const Differences& listed) {
    EXPECT_EQ(seen.only_we, listed.only_we);
    EXPECT_EQ(seen.only_server, listed.only_server);
    EXPECT_EQ(seen.lost, listed.lost);
  }

  std::vector<std::string> names_;
  std::string group_;
  std::vector<Spelling> spellings_;
  std::optional<WordOfServer> word_;
};

TEST_P(Names, AreComparedAsTheServerComparesThemOrTheDifferenceIsListed) {
  make_entries();
  spell();
  EXPECT_GT(spellings_.size(), is_samba() ? 2'000u : 5'000u);
  word_.emplace(server());
  const auto& listed = known(server().kind());
  const auto as_entry = [](const std::string& name) { return WordOfServer::Question{name}; };
  const auto as_value = [&](const std::string& name) {
    return WordOfServer::Question{group_, ldap::Filter::equality("member", name).text()};
  };
  expect_listed(compare("entries", as_entry, listed), listed);
  expect_listed(compare("values", as_value, listed), listed);
}

// ---- every letter that has a case ----

std::string utf8(wint_t letter) {
  const auto byte = [](wint_t bits) { return static_cast<char>(bits); };
  if (letter < 0x80) return {byte(letter)};
  if (letter < 0x800) return {byte(0xC0 | letter >> 6), byte(0x80 | (letter & 63))};
  if (letter < 0x10000) return {byte(0xE0 | letter >> 12), byte(0x80 | (letter >> 6 & 63)), byte(0x80 | (letter & 63))};
  return {byte(0xF0 | letter >> 18), byte(0x80 | (letter >> 12 & 63)), byte(0x80 | (letter >> 6 & 63)),
          byte(0x80 | (letter & 63))};
}

struct Letter {
  wint_t upper;
  wint_t lower;
};
// As the C library knows them, which shares nothing with what is tested.
std::vector<Letter> letters_with_a_case() {
  const std::unique_ptr<std::remove_pointer_t<locale_t>, void (*)(locale_t)> unicode{
      ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr), &::freelocale};
  std::vector<Letter> letters;
  if (!unicode) return letters;
  for (wint_t letter = 'A'; letter < 0x1F000; ++letter)
    // Ohm, kelvin and angstrom sign are other spellings of letters, not letters: NFC has them gone.
    if (const auto lower = ::towlower_l(letter, unicode.get());
        lower != letter && letter != 0x2126 && letter != 0x212A && letter != 0x212B)
      letters.push_back({letter, lower});
  return letters;
}

// "U+0041-U+005A, U+0130"
std::string ranges(const std::vector<wint_t>& letters) {
  std::string out;
  for (std::size_t i = 0; i < letters.size();) {
    std::size_t end = i;
    while (end + 1 < letters.size() && letters[end + 1] <= letters[end] + 2) ++end;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), i == end ? "U+%04X" : "U+%04X-U+%04X", letters[i], letters[end]);
    out += (out.empty() ? "" : ", ") + std::string{text.data()};
    i = end + 1;
  }
  return out;
}

// These are two letters to a server and one to us, because they are one to OpenLDAP: a member that somebody wrote there
// in capitals is found. Two entries whose names differ in nothing else would be one to us.
const std::map<Server, std::string> letters_of_two_cases{
    {Server::openldap, ""},
    {Server::ds389,
     "U+0130, U+018E, U+019F, U+01A6, U+01C4-U+01CB, U+01F1-U+01F2, U+01F6-U+01F8, U+0218-U+0232, U+03D8-U+03E0, "
     "U+03F4, U+0400, U+040D, U+048A-U+048E, U+04C5, U+04C9, U+04CD, U+04EC, U+0500-U+050E, U+10400-U+10425"},
    {Server::samba,
     "U+0130, U+01A6, U+01C5, U+01C8, U+01CB, U+01F2, U+01F6-U+01F8, U+0218-U+0232, U+03D8-U+03E0, U+03F4, U+0400, "
     "U+040D, U+048A-U+048E, U+04C5, U+04C9, U+04CD, U+04EC, U+0500-U+050E, U+1F88-U+1F8F, U+1F98-U+1F9F, "
     "U+1FA8-U+1FAF, U+1FBC, U+1FCC, U+1FFC, U+10400-U+10425"}};

TEST_P(Names, LettersThatTheServerKeepsApartAreTwoToUsOrListed) {
  const auto letters = letters_with_a_case();
  if (letters.empty()) GTEST_SKIP() << "this system has no locale C.UTF-8";
  EXPECT_GT(letters.size(), 1'000u);
  constexpr std::size_t in_one_name = 12;
  const auto name_of_letters = [&](std::size_t first, std::size_t lowered) {
    std::string name = "cn=c" + std::to_string(first);
    for (std::size_t i = first; i < std::min(first + in_one_name, letters.size()); ++i)
      name += " " + utf8(i == lowered ? letters[i].lower : letters[i].upper);
    return name;
  };
  const auto base = "," + server().people_base();
  std::string ldif;
  std::vector<WordOfServer::Question> questions;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto first = i - i % in_one_name;
    if (i == first) {
      const auto name = name_of_letters(first, letters.size());
      ldif += lab::ldif_line("dn", name + base) + lab::ldif_line("cn", name.substr(3)) +
              (is_samba() ? "objectClass: user\nsAMAccountName: letters" + std::to_string(i)
                          : std::string{"objectClass: inetOrgPerson\nsn: letters"}) +
              "\n\n";
    }
    questions.push_back({name_of_letters(first, i) + base});
  }
  server().change(ldif);
  const auto answers = WordOfServer{server()}.ask(questions);
  std::vector<wint_t> only_we;
  std::vector<wint_t> only_server;
  for (std::size_t i = 0; i < letters.size(); ++i) {
    const auto whole = ldap::Dn::parse(name_of_letters(i - i % in_one_name, letters.size())).value();
    const bool we = ldap::Dn::parse(name_of_letters(i - i % in_one_name, i)).value() == whole;
    if (we && !answers[i]) only_we.push_back(letters[i].upper);
    if (!we && answers[i]) only_server.push_back(letters[i].upper);
  }
  std::printf("%s: of %zu letters with a case only the server takes these for their lower case: %s\n",
              name_of(server().kind()).c_str(), letters.size(), ranges(only_server).c_str());
  EXPECT_EQ(ranges(only_we), letters_of_two_cases.at(server().kind()));
}

DIRBRIDGE_ON_EACH_SERVER(Names);

const Differences& known(Server server) {
  static const std::map<Server, Differences> all{
      {Server::openldap,
       {.only_we = {"letters in another case, of a type that minds it"},
        .only_server = {"2 for superscript 2", "a type beyond RFC 4514's table as a number", "full-width letter",
                        "ligature fi", "long s for s", "no-break space for blank"},
        .lost = {"letters in another case, of a type that minds it"}}},
      {Server::ds389,
       {.only_we = {"Deseret in another case", "Hangul in parts", "a type as a number", "a type by its long name",
                    "accents as combining marks", "angstrom sign for the letter", "blanks at the ends, escaped",
                    "characters as hex", "combining marks in another order", "i for dotted capital I",
                    "kelvin sign for K", "one blank for two", "quotes (RFC 1779)"},
        .only_server = {},
        .lost = {"Deseret in another case", "blanks at the ends, escaped", "i for dotted capital I",
                 "one blank for two"}}},
      {Server::samba,
       {.only_we = {"Deseret in another case", "Hangul in parts", "a type as a number", "a type by its long name",
                    "accents as combining marks", "angstrom sign for the letter", "blanks around equals signs",
                    "combining marks in another order", "i for dotted capital I", "kelvin sign for K",
                    "quotes (RFC 1779)", "semicolons for commas"},
        .only_server = {"capital sigma for final sigma", "final sigma for sigma"},
        .lost = {"Deseret in another case", "i for dotted capital I"}}}};
  return all.at(server);
}

}  // namespace
}  // namespace dirbridge::directories
