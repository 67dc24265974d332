// Who this agent is: its key and, once enrolled, the id and directory the hub gave it. Files in state_dir, which
// belongs to one process at a time: two would take each other's connections away for ever.
#pragma once
#include <memory>
#include <string>

#include "base/crypto.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"

namespace dirbridge::agent {

// agent.key: PKCS#8 PEM, mode 0600, written before the first hello, so that the hub never knows a key that we lost.
// agent.json: {"agent": "a53…", "directory": "0oa…"}, written when the hub answers `enrolled`.
class Identity {
 public:
  // Loads both files or makes state_dir (0700) and the key. Errors name the file and what is wrong with it; an
  // agent.json without its key is one (the key cannot be made again).
  // errc::conflict names the process that has the folder; the lock ends with this object, or with its process however
  // that ends.
  static result<Identity> open(std::string state_dir);

  bool is_enrolled() const { return !agent_.empty(); }
  const AgentId& agent() const { return agent_; }
  const DirectoryId& directory() const { return directory_; }
  std::string public_key() const { return key_.public_key(); }
  // Answer to a challenge of `nonce` in the session of `instance`.
  std::string prove(std::string_view nonce, std::string_view instance) const;
  // Keeps what the hub assigned, on disk first.
  result<void> enrolled(AgentId agent, DirectoryId directory);

 private:
  Identity(std::string state_dir, std::shared_ptr<void> lock, SigningKey key)
      : state_dir_(std::move(state_dir)), lock_(std::move(lock)), key_(std::move(key)) {}
  std::string state_dir_;
  std::shared_ptr<void> lock_;
  SigningKey key_;
  AgentId agent_;
  DirectoryId directory_;
};

}  // namespace dirbridge::agent
