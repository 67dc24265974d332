// Thousands of names, each spelled in many ways: does our comparison say what the server's own says?
//
// A group holds names; the server is asked by filter whether it holds another spelling of one. What is sent is the
// spelling itself, as an SDK's caller could have written it, and then what the agent would send in its place.
#include <fstream>
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

struct Tally {
  int asked = 0;
  int only_we = 0;      // we say the same, the server says another
  int only_server = 0;  // the other way round
  int lost = 0;         // we say the same, and the server does not find it by what the agent would send
  std::string example;
};

// What each server is known to see otherwise, with the reason in docs/directories.md ("Names").
const std::map<Server, std::set<std::string>> only_we{
    {Server::ds389,
     {"a type as a number", "a type by its long name", "accents as combining marks", "angstrom sign for the letter",
      "blanks at the ends, escaped", "characters as hex", "kelvin sign for K", "quotes (RFC 1779)"}},
    {Server::samba,
     {"a type as a number", "a type by its long name", "accents as combining marks", "angstrom sign for the letter",
      "kelvin sign for K", "quotes (RFC 1779)"}}};
const std::map<Server, std::set<std::string>> only_server{
    {Server::openldap, {"full-width letter", "ligature fi", "no-break space for blank"}},
    {Server::samba, {"capital sigma for final sigma", "final sigma for sigma"}}};
const std::map<Server, std::set<std::string>> lost{{Server::ds389, {"blanks at the ends, escaped"}}};

std::set<std::string> known(const std::map<Server, std::set<std::string>>& table, Server server) {
  const auto found = table.find(server);
  return found == table.end() ? std::set<std::string>{} : found->second;
}

class Names : public OnEachServer {
 protected:
  // Active Directory keeps no name of an entry that is not there.
  bool needs_entries() { return server().kind() == Server::samba; }

  std::vector<std::string> make_names() {
    std::mt19937 random{20'26};
    std::vector<std::string> names;
    const int count = needs_entries() ? 60 : 150;
    for (int i = 0; i < count; ++i) {
      const auto value = some_value(random, i);
      if (needs_entries() && value.find('=') != std::string::npos) continue;  // Samba wants it escaped
      if (needs_entries())
        names.push_back(server().make_person(value));
      else
        names.push_back("cn=" + lab::escape_rdn_value(value) + (i % 5 == 4 ? "+uid=m" + std::to_string(i) : "") + "," +
                        (i % 7 == 6 ? "ou=sub " + std::to_string(i) + "," : "") + server().people_base());
    }
    return names;
  }
};

TEST_P(Names, AreComparedAsTheServerComparesThemOrTheDifferenceIsListed) {
  const auto names = make_names();
  const auto group = server().make_group("names", names);
  const WordOfServer word{server()};
  const auto holds = [&](const std::string& name) {
    return word.finds(group, ldap::Filter::equality("member", name).text());
  };
  std::mt19937 random{7};
  std::map<std::string, Tally> tallies;
  int asked = 0;
  for (const auto& name : names) {
    const auto ours = ldap::Dn::parse(name).value();
    ASSERT_TRUE(holds(name)) << name;
    for (const auto& [id, respell] : respellings()) {
      const auto other = respell(name, random);
      if (other == name) continue;
      const auto parsed = ldap::Dn::parse(other);
      const bool we = parsed && *parsed == ours;
      const bool they = holds(other);
      auto& tally = tallies[id];
      ++tally.asked;
      ++asked;
      if (we != they) tally.example = name + " / " + other;
      if (we && !they) ++tally.only_we;
      if (they && !we) ++tally.only_server;
      // Whoever writes it so: what we take for the same, the server finds by what the agent sends.
      if (we && !holds(parsed->text())) {
        ++tally.lost;
        tally.example = name + " / " + other + " sent as " + parsed->text();
      }
    }
  }
  EXPECT_GT(asked, needs_entries() ? 600 : 1'500);
  std::set<std::string> we_alone;
  std::set<std::string> server_alone;
  std::set<std::string> not_found;
  for (const auto& [id, tally] : tallies) {
    if (tally.only_we > 0) we_alone.insert(id);
    if (tally.only_server > 0) server_alone.insert(id);
    if (tally.lost > 0) not_found.insert(id);
    if (tally.only_we + tally.only_server + tally.lost > 0)
      std::printf("%s: %s: %d asked, the same only to us %d, only to the server %d, not found as sent %d: %s\n",
                  name_of(server().kind()).c_str(), id.c_str(), tally.asked, tally.only_we, tally.only_server,
                  tally.lost, tally.example.c_str());
  }
  EXPECT_EQ(we_alone, known(only_we, server().kind()));
  EXPECT_EQ(server_alone, known(only_server, server().kind()));
  EXPECT_EQ(not_found, known(lost, server().kind()));
}

DIRBRIDGE_ON_EACH_SERVER(Names);

}  // namespace
}  // namespace dirbridge::directories
