// Private to jose/: the two libraries' objects and who frees them.
#pragma once
#include <cjose/cjose.h>
#include <openssl/evp.h>

#include <memory>

#include "jose/jwk.hpp"

namespace dirbridge::jose {

struct Deleter {
  void operator()(cjose_jwk_t* one) const { cjose_jwk_release(one); }
  void operator()(cjose_jws_t* one) const { cjose_jws_release(one); }
  void operator()(cjose_header_t* one) const { cjose_header_release(one); }
  void operator()(EVP_PKEY* one) const { EVP_PKEY_free(one); }
};
template <class T>
using Ptr = std::unique_ptr<T, Deleter>;

struct Jwk::Impl {
  Json members;  // kty and the numbers, without kid
  KeyType type{};
  std::string kid;
  std::string thumbprint;
  Ptr<cjose_jwk_t> key;
};

// The same key as OpenSSL's own. nullptr if OpenSSL finds the numbers wrong (a point off the curve). `members` as in
// Jwk::Impl.
Ptr<EVP_PKEY> to_openssl(const Json& members, KeyType type);

}  // namespace dirbridge::jose
