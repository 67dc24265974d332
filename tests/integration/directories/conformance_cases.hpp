// The situations of docs/directories.md, each played on each server by the agent's own parts.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "integration/directories/stage.hpp"

namespace dirbridge::directories {

// What came of a situation on one server.
struct Cell {
  std::string codes;     // what the server answered
  std::string verdicts;  // what the agent reports
};

// Plays and checks with gtest's EXPECTs; `expect` gives the verdicts that are right. Before a change that comes alone
// there is a dry run of it: what was told must be what comes, modify by modify.
class Play : public Stage {
 public:
  using Stage::Stage;
  // False: what decides here cannot be read; there is no dry run.
  bool can_be_read = true;
  using PerServer = std::map<Server, std::string>;
  // Plays these changes and checks the verdicts: the same everywhere, but for the servers named.
  void expect(const std::string& verdicts, const std::vector<Change>& changes, const PerServer& otherwise = {});
  void expect_as_told(const proto::PreviewResult& told, std::size_t change, std::size_t modifies_before);
  void expect_holds(const Value& group, const std::string& dn, bool wanted = true,
                    const std::string& attribute = "member");
  bool on(Server one) const { return server.kind() == one; }
  // When answers come in an order that is not the server's own: the table shows this instead of the codes.
  std::string shown_codes;
  // The changes before this one only set the stage.
  std::size_t shown_from = 0;
};

struct Case {
  std::string id;         // in the test's name
  std::string situation;  // in the table
  std::function<void(Play&)> play;
  std::vector<Server> servers{std::begin(all_servers), std::end(all_servers)};
};

// Situations that no read shows, on this server: rights, and what schema and constraints say of a value.
bool can_be_read(const std::string& id, Server server);

std::vector<Case> value_cases();     // values that are there, are not, come twice, name nobody
std::vector<Case> spelling_cases();  // one name, many spellings
std::vector<Case> group_cases();     // groups renamed, gone, refusing; last members
std::vector<Case> schema_cases();    // what no directory holds, what account or schema forbid
std::vector<Case> foreign_cases();   // Active Directory's members that are of other domains
std::vector<Case> kerberos_cases();  // over ldap://, sealed by a ticket
std::vector<Case> trouble_cases();   // servers that stop, die, take no writes
std::vector<Case> way_cases();       // what is sent is cut off, held up, lost
std::vector<Case> all_cases();

}  // namespace dirbridge::directories
