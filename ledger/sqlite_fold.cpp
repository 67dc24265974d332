#include "ledger/sqlite_fold.hpp"

namespace dirbridge::ledger {
namespace {

// Scopes hold no blanks (RFC 6749 section 3.3).
std::string joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const auto& scope : scopes) text += (text.empty() ? "" : " ") + scope;
  return text;
}

}  // namespace

void expect(bool fits, const char* what, const std::string& name) {
  if (!fits) throw Error{errc::conflict, what + (" " + name)};
}

void Fold::apply(const Record& record) {
  if (is_of_a_job(record.body)) {
    jobs_.apply({&record, 1});
    return;
  }
  std::visit(
      [&]<class Fact>(const Fact& fact) {
        if constexpr (requires { fold(record, fact); }) fold(record, fact);
      },
      record.body);
}

void Fold::fold(const Record& record, const EpochStarted& fact) {
  expect(sql_.run("INSERT INTO epochs(epoch, at) SELECT ?1, ?2 WHERE ?1 > (SELECT coalesce(max(epoch), 0) FROM epochs)",
                  fact.epoch, record.at) == 1,
         "an epoch is not later than the last:", std::to_string(fact.epoch));
}

void Fold::fold(const Record& record, const DirectoryCreated& fact) {
  sql_.run("INSERT INTO directories(id, name, kind, created) VALUES(?, ?, ?, ?)", record.directory, fact.name,
           fact.kind, record.at);
}

void Fold::fold(const Record& record, const TokenCreated& fact) {
  sql_.run("INSERT INTO tokens(id, name, hash, scopes, created) VALUES(?, ?, ?, ?, ?)", fact.token, fact.name,
           fact.hash, joined(fact.scopes), record.at);
}

void Fold::fold(const Record&, const TokenRevoked& fact) {
  expect(sql_.run("UPDATE tokens SET revoked = 1 WHERE id = ?", fact.token) == 1, "no token", fact.token.str());
}

void Fold::fold(const Record& record, const EnrolCodeCreated& fact) {
  sql_.run("INSERT INTO enrol_codes(hash, directory, expires) VALUES(?, ?, ?)", fact.hash, record.directory,
           fact.expires);
}

void Fold::fold(const Record& record, const AgentEnrolled& fact) {
  // Two agents that present one code at the same moment: the second finds it used, whatever the hub read before.
  if (!fact.code_hash.empty()) {
    expect(sql_.run("UPDATE enrol_codes SET used = 1 WHERE hash = ? AND directory = ? AND used = 0", fact.code_hash,
                    record.directory) == 1,
           "the enrol code is unknown or used up, for agent", fact.agent.str());
  }
  sql_.run("INSERT INTO agents(id, directory, name, public_key, enrolled) VALUES(?, ?, ?, ?, ?)", fact.agent,
           record.directory, fact.name, fact.public_key, record.at);
}

void Fold::fold(const Record&, const AgentRevoked& fact) {
  expect(sql_.run("UPDATE agents SET revoked = 1 WHERE id = ?", fact.agent) == 1, "no agent", fact.agent.str());
}

void Fold::fold(const Record&, const AgentSoftware& fact) {
  expect(sql_.run("UPDATE agents SET software = ? WHERE id = ?", fact.software, fact.agent) == 1, "no agent",
         fact.agent.str());
}

void Fold::add_to_group(std::int64_t group_n, std::int64_t members, std::int64_t digest) {
  std::uint64_t sum = 0;
  if (auto group = sql_.query("SELECT digest FROM groups WHERE n = ?", group_n); group.next()) sum = group.count(0);
  // Added here: SQLite turns an integer that overflows into a float.
  sum += static_cast<std::uint64_t>(digest);
  sql_.run("UPDATE groups SET members = members + ?, digest = ? WHERE n = ?", members, static_cast<std::int64_t>(sum),
           group_n);
}

std::int64_t member_digest(std::string_view key) {
  std::uint64_t hash = 14695981039346656037u;
  for (const unsigned char byte : key) hash = (hash ^ byte) * 1099511628211u;
  return static_cast<std::int64_t>(hash);
}

}  // namespace dirbridge::ledger
