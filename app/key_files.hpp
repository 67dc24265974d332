// A private key in two files of mode 0600, as JWK (`path`) and as PEM (`path`.pem): complete on the disk before the hub
// is told of the key, and in their places once it knows it.
#pragma once
#include <string>

#include "jose/jwk.hpp"

namespace dirbridge::app {

class KeyFiles {
 public:
  // Throws CommandFailure (exit_refused) if they cannot be written, or are there already and `may_replace` is not set.
  KeyFiles(std::string path, const jose::Jwk& key, bool may_replace);
  // What was not kept and not left is removed.
  ~KeyFiles();
  KeyFiles(const KeyFiles&) = delete;
  KeyFiles& operator=(const KeyFiles&) = delete;

  // The hub has the key: into their places. Throws CommandFailure, which says where the key lies instead.
  void keep();
  // Whether the hub has it is not known: they stay where they are. Returns a sentence that says where.
  std::string leave();

 private:
  std::string path_;
  bool mine_ = true;  // to be removed
};

}  // namespace dirbridge::app
