// A token or key from a stranger: read without harm, or refused with a reason; and never signed by our key.
#include "base/text.hpp"
#include "fuzz/fuzz_check.hpp"
#include "jose/signed_token.hpp"

using namespace dirbridge;

namespace {

const jose::Jwk& our_key(jose::KeyType type) {
  static const auto rsa = jose::Jwk::generate(jose::KeyType::rsa);
  static const auto ec = jose::Jwk::generate(jose::KeyType::p256);
  return type == jose::KeyType::rsa ? rsa : ec;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto token = jose::SignedToken::parse(text);
  if (token) {
    FUZZ_CHECK(token->claims().is_object() && token->header().is_object());
    FUZZ_CHECK(token->kid().size() <= jose::max_kid_bytes);
    FUZZ_CHECK(!token->is_signed_by(our_key(jose::KeyType::rsa)));
    FUZZ_CHECK(!token->is_signed_by(our_key(jose::KeyType::p256)));
    if (const auto embedded = token->header().find("jwk"); embedded != token->header().end())
      if (const auto key = jose::Jwk::from_json(*embedded)) token->is_signed_by(*key);
  } else {
    FUZZ_CHECK(!token.error().message().empty());
    FUZZ_CHECK(is_utf8(token.error().message()));
  }
  if (const auto key = jose::Jwk::from_json(text)) {
    const auto again = jose::Jwk::from_json(key->public_json());
    FUZZ_CHECK(again.has_value());
    FUZZ_CHECK(again->thumbprint() == key->thumbprint());
    FUZZ_CHECK(!again->is_private());
  }
  return 0;
}
