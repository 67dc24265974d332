// Everything an agent can be told; app/ fills it from TOML, environment and flags. Every bound has a name here.
#pragma once
#include <string>
#include <vector>

#include "agent/import_scope.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/problems.hpp"
#include "base/secret.hpp"
#include "ldap/client.hpp"

namespace dirbridge::agent {

inline constexpr std::size_t max_polls = 16;  // the hub closes a session that has more open

struct AgentSettings {
  // The hub.
  std::string hub_url;      // wss://hub:8443; ws:// only to loopback unless allow_plain
  std::string hub_ca_file;  // PEM; empty: the system's store
  bool allow_plain = false;
  std::string proxy_url;  // http://proxy:3128: CONNECT
  std::string proxy_user;
  Secret proxy_password;
  std::string state_dir = "dirbridge-agent";  // agent.key (0600), agent.json (id, directory), agent.lock
  Secret enrol_code;                          // needed once, while state_dir holds no identity
  std::string name;                           // empty: the host's name
  milliseconds reconnect_base{250};
  milliseconds reconnect_max{30'000};
  milliseconds poll_wait{20'000};
  std::size_t polls = 2;       // kept open
  std::uint32_t credit = 512;  // jobs held at most, over all polls

  // The directory.
  ldap::ClientSettings directory;
  ImportScope users{{}, "(objectClass=inetOrgPerson)"};
  ImportScope groups{{}, "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))"};
  std::uint32_t page_size = 500;
  milliseconds import_timeout{2 * 3'600'000};

  // Lanes.
  std::size_t max_values_per_modify = 10'000;
  std::size_t max_bytes_per_modify = 1 << 20;
  std::size_t max_parallel_groups = 64;  // modifies under way, each of another group
  milliseconds report_margin{250};       // the LDAP deadline is the job's less this
  milliseconds settle{30'000};           // rule 4: how long the other state must be read unchanged
  milliseconds settle_interval{500};     // between the reads
  std::string last_member = "refuse";    // refuse, placeholder, or the DN of an entry (LastMember)
  milliseconds stop_grace{10'000};       // a graceful stop finishes what it holds within this
};

// Everything that is wrong, in the order of the file's sections. Reads certificates, keys and authorities.
Problems problems_of(const AgentSettings& settings);
inline result<void> check(const AgentSettings& settings) { return to_result(problems_of(settings)); }

}  // namespace dirbridge::agent
