// The signature algorithms we speak, and no others: what is not in this list is refused before any key is touched
// (RFC 8725 section 3.1). "none" and the HS family, which would take a public key for a shared secret, do not exist
// here.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace dirbridge::jose {

enum class KeyType { rsa, p256, p384, p521 };

enum class Algorithm { rs256, rs384, rs512, es256, es384, es512 };

constexpr std::string_view to_text(Algorithm algorithm) {
  constexpr std::string_view names[] = {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"};
  return names[static_cast<std::size_t>(algorithm)];
}

// The `alg` of a header, spelled exactly so; nullopt for everything else.
constexpr std::optional<Algorithm> algorithm_of(std::string_view name) {
  for (const auto known :
       {Algorithm::rs256, Algorithm::rs384, Algorithm::rs512, Algorithm::es256, Algorithm::es384, Algorithm::es512})
    if (name == to_text(known)) return known;
  return std::nullopt;
}

// RFC 7518 section 3.4 ties each ES algorithm to one curve.
constexpr bool fits(Algorithm algorithm, KeyType type) {
  switch (algorithm) {
    case Algorithm::es256: return type == KeyType::p256;
    case Algorithm::es384: return type == KeyType::p384;
    case Algorithm::es512: return type == KeyType::p521;
    default: return type == KeyType::rsa;
  }
}

// What a key signs with unless somebody says otherwise.
constexpr Algorithm default_algorithm(KeyType type) {
  switch (type) {
    case KeyType::p256: return Algorithm::es256;
    case KeyType::p384: return Algorithm::es384;
    case KeyType::p521: return Algorithm::es512;
    default: return Algorithm::rs256;
  }
}

}  // namespace dirbridge::jose
