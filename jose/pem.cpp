// Keys as PEM, and the check that the numbers of a JWK make a key at all.
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "base/crypto.hpp"
#include "jose/jwk_impl.hpp"

namespace dirbridge::jose {
namespace {

struct OpensslDeleter {
  void operator()(BIO* one) const { BIO_free(one); }
  void operator()(BIGNUM* one) const { BN_clear_free(one); }
  void operator()(OSSL_PARAM_BLD* one) const { OSSL_PARAM_BLD_free(one); }
  void operator()(OSSL_PARAM* one) const { OSSL_PARAM_free(one); }
  void operator()(EVP_PKEY_CTX* one) const { EVP_PKEY_CTX_free(one); }
};
template <class T>
using OpensslPtr = std::unique_ptr<T, OpensslDeleter>;

constexpr std::pair<const char*, const char*> rsa_numbers[] = {
    {"n", OSSL_PKEY_PARAM_RSA_N},          {"e", OSSL_PKEY_PARAM_RSA_E},
    {"d", OSSL_PKEY_PARAM_RSA_D},          {"p", OSSL_PKEY_PARAM_RSA_FACTOR1},
    {"q", OSSL_PKEY_PARAM_RSA_FACTOR2},    {"dp", OSSL_PKEY_PARAM_RSA_EXPONENT1},
    {"dq", OSSL_PKEY_PARAM_RSA_EXPONENT2}, {"qi", OSSL_PKEY_PARAM_RSA_COEFFICIENT1}};

// Builds the parameters; the numbers live as long as the builder is used.
class Parameters {
 public:
  Parameters() : builder_(OSSL_PARAM_BLD_new()) {}
  void number(const char* name, const Json& base64url) {
    const auto bytes = from_base64url(base64url.get_ref<const std::string&>()).value();
    numbers_.emplace_back(BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                                    static_cast<int>(bytes.size()), BN_secure_new()));
    OSSL_PARAM_BLD_push_BN(builder_.get(), name, numbers_.back().get());
  }
  void text(const char* name, const char* value) { OSSL_PARAM_BLD_push_utf8_string(builder_.get(), name, value, 0); }
  void octets(const char* name, std::string value) {
    octets_ = std::move(value);
    OSSL_PARAM_BLD_push_octet_string(builder_.get(), name, octets_.data(), octets_.size());
  }
  OpensslPtr<OSSL_PARAM> build() { return OpensslPtr<OSSL_PARAM>{OSSL_PARAM_BLD_to_param(builder_.get())}; }

 private:
  OpensslPtr<OSSL_PARAM_BLD> builder_;
  std::vector<OpensslPtr<BIGNUM>> numbers_;
  std::string octets_;
};

template <class Write>
std::string written(Write write) {
  const OpensslPtr<BIO> bio{BIO_new(BIO_s_mem())};
  if (!bio || write(bio.get()) != 1) throw std::runtime_error("a key cannot be written as PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

Ptr<EVP_PKEY> to_openssl(const Json& members, KeyType type) {
  Parameters parameters;
  if (type == KeyType::rsa) {
    for (const auto& [member, name] : rsa_numbers)
      if (members.contains(member)) parameters.number(name, members[member]);
  } else {
    parameters.text(OSSL_PKEY_PARAM_GROUP_NAME, members.at("crv").get_ref<const std::string&>().c_str());
    const auto coordinate = [&](const char* name) {
      return from_base64url(members.at(name).get_ref<const std::string&>()).value();
    };
    parameters.octets(OSSL_PKEY_PARAM_PUB_KEY, "\x04" + coordinate("x") + coordinate("y"));  // SEC 1 section 2.3.3
    if (members.contains("d")) parameters.number(OSSL_PKEY_PARAM_PRIV_KEY, members["d"]);
  }
  const auto built = parameters.build();
  const OpensslPtr<EVP_PKEY_CTX> context{
      EVP_PKEY_CTX_new_from_name(nullptr, type == KeyType::rsa ? "RSA" : "EC", nullptr)};
  EVP_PKEY* key = nullptr;
  const bool made = built && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, built.get()) == 1;
  if (!made) ERR_clear_error();
  return Ptr<EVP_PKEY>{made ? key : nullptr};
}

std::string Jwk::public_pem() const {
  const auto key = to_openssl(impl_->members, impl_->type);
  return written([&](BIO* bio) { return PEM_write_bio_PUBKEY(bio, key.get()); });
}

Secret Jwk::private_pem() const {
  const auto key = to_openssl(impl_->members, impl_->type);
  return Secret{written(
      [&](BIO* bio) { return PEM_write_bio_PKCS8PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); })};
}

}  // namespace dirbridge::jose
