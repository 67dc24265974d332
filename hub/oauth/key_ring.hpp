// The keys that sign access tokens, and when each stops to count. Pure; files and threads are token_service.cpp's.
#pragma once
#include <vector>

#include "hub/oauth/access_token.hpp"

namespace dirbridge::hub::oauth {

class KeyRing {
 public:
  // `key` is private, RSA.
  KeyRing(jose::Jwk key, WallTime now) { keys_.push_back({std::move(key), now, {}}); }
  // The inverse of to_json().
  static result<KeyRing> from_json(std::string_view text);
  Secret to_json() const;

  const jose::Jwk& current() const { return keys_.back().key; }
  // Those whose tokens may still be alive at `now`: the current one last.
  std::vector<jose::Jwk> alive(WallTime now) const;
  // `key` signs from now on; the one before stays readable as long as the last token it signed.
  void rotate(jose::Jwk key, WallTime now);

 private:
  struct Entry {
    jose::Jwk key;
    WallTime made;
    WallTime retired;  // of all but the last
  };
  KeyRing() = default;
  std::vector<Entry> keys_;
};

}  // namespace dirbridge::hub::oauth
