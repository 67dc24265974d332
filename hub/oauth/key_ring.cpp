#include "hub/oauth/key_ring.hpp"

#include "proto/strict_json.hpp"

namespace dirbridge::hub::oauth {

std::vector<jose::Jwk> KeyRing::alive(WallTime now) const {
  std::vector<jose::Jwk> keys;
  for (const auto& entry : keys_)
    if (&entry == &keys_.back() || now < entry.retired + access_token_life) keys.push_back(entry.key);
  return keys;
}

void KeyRing::rotate(jose::Jwk key, WallTime now) {
  // Oldest first, and each was retired before the next.
  while (keys_.size() > 1 && keys_.front().retired + access_token_life <= now) keys_.erase(keys_.begin());
  keys_.back().retired = now;
  keys_.push_back({std::move(key), now, {}});
}

Secret KeyRing::to_json() const {
  auto keys = Json::array();
  for (const auto& entry : keys_)
    keys.push_back({{"key", Json::parse(entry.key.private_json().reveal())},
                    {"made", to_epoch_ms(entry.made)},
                    {"retired", to_epoch_ms(entry.retired)}});
  return Secret{keys.dump(1)};
}

result<KeyRing> KeyRing::from_json(std::string_view text) {
  const auto json = proto::parse_json(text);
  if (!json) return json.error();
  KeyRing ring;
  const Error damaged{errc::configuration, "not a list of token keys"};
  if (!json->is_array() || json->empty()) return damaged;
  for (const auto& one : *json) {
    if (!one.is_object() || !one.contains("key") || !one.value("made", Json{}).is_number_integer() ||
        !one.value("retired", Json{}).is_number_integer())
      return damaged;
    auto key = jose::Jwk::from_json(one["key"]);
    if (!key) return key.error();
    if (!key->is_private() || key->type() != jose::KeyType::rsa) return damaged;
    ring.keys_.push_back({std::move(*key), from_epoch_ms(one["made"].get<std::int64_t>()),
                          from_epoch_ms(one["retired"].get<std::int64_t>())});
  }
  return ring;
}

}  // namespace dirbridge::hub::oauth
