#include "jose/jwk.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

#include "base/crypto.hpp"
#include "jose/jwk_impl.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::jose {
namespace {

constexpr std::size_t least_rsa_bits = 2048;
constexpr std::size_t most_rsa_bits = 4096;  // a verification with 16384 bits takes as long as a hundred with 2048
constexpr std::size_t most_exponent_bytes = 4;

constexpr std::array rsa_private{"d", "p", "q", "dp", "dq", "qi"};

struct Curve {
  std::string_view name;
  KeyType type;
  std::size_t bytes;  // of a coordinate
};
constexpr std::array curves{Curve{"P-256", KeyType::p256, 32}, Curve{"P-384", KeyType::p384, 48},
                            Curve{"P-521", KeyType::p521, 66}};

Error malformed(std::string_view member, std::string_view problem) {
  return {errc::malformed, "key: " + std::string{member} + " " + std::string{problem}};
}

// nlohmann's values convert to too much for `return members;`.
result<Json> good(Json members) { return {boost::system::in_place_value, std::move(members)}; }

result<std::string> bytes_of(const Json& json, std::string_view member) {
  const auto found = json.find(member);
  if (found == json.end()) return malformed(member, "is missing");
  if (!found->is_string()) return malformed(member, "is not a text");
  auto bytes = from_base64url(found->get_ref<const std::string&>());
  if (!bytes || bytes->empty()) return malformed(member, "is not base64url");
  return bytes;
}

// RFC 7518 section 6.3.1.1: no leading zero octets. Some libraries write one; the thumbprint must not depend on it.
result<std::string> number_of(const Json& json, std::string_view member) {
  auto bytes = bytes_of(json, member);
  if (!bytes) return bytes;
  bytes->erase(0, bytes->find_first_not_of('\0'));
  if (bytes->empty()) return malformed(member, "is zero");
  return bytes;
}

std::size_t bits_of(std::string_view number) {
  return number.size() * 8 - static_cast<std::size_t>(std::countl_zero(static_cast<unsigned char>(number.front())));
}

result<Json> rsa_members(const Json& json) {
  auto n = number_of(json, "n");
  if (!n) return n.error();
  if (bits_of(*n) < least_rsa_bits || bits_of(*n) > most_rsa_bits) return malformed("n", "is not of 2048 to 4096 bits");
  auto e = number_of(json, "e");
  if (!e) return e.error();
  if (e->size() > most_exponent_bytes || (e->back() & 1) == 0 || *e == "\x01")
    return malformed("e", "is no public exponent");
  Json members{{"kty", "RSA"}, {"n", to_base64url(*n)}, {"e", to_base64url(*e)}};
  if (!json.contains("d")) return good(std::move(members));
  for (const auto* name : rsa_private) {
    auto number = number_of(json, name);
    if (!number) return number.error();
    if (number->size() > n->size()) return malformed(name, "is too long");
    members[name] = to_base64url(*number);
  }
  return good(std::move(members));
}

result<Json> ec_members(const Json& json, const Curve& curve) {
  Json members{{"kty", "EC"}, {"crv", curve.name}};
  for (const std::string_view name : {"x", "y", "d"}) {
    if (name == "d" && !json.contains(name)) break;
    auto bytes = bytes_of(json, name);
    if (!bytes) return bytes.error();
    if (bytes->size() != curve.bytes) return malformed(name, "has not the length of the curve");
    members[name] = to_base64url(*bytes);
  }
  return good(std::move(members));
}

std::string thumbprint_of(const Json& members) {
  Json required;
  for (const auto* name : {"crv", "e", "kty", "n", "x", "y"})
    if (members.contains(name)) required[name] = members[name];
  return to_base64url(sha256(required.dump()));  // nlohmann's objects are sorted by key, as RFC 7638 wants them
}

KeyType type_of(const Json& members) {
  if (members.at("kty") == "RSA") return KeyType::rsa;
  return std::ranges::find(curves, members.at("crv").get<std::string_view>(), &Curve::name)->type;
}

}  // namespace

result<Jwk> Jwk::make(Json members, std::string kid) {
  auto impl = std::make_shared<Impl>();
  impl->type = type_of(members);
  if (!to_openssl(members, impl->type)) return malformed("its numbers", "do not make a key");
  const auto text = members.dump();
  cjose_err problem{};
  impl->key.reset(cjose_jwk_import(text.data(), text.size(), &problem));
  if (!impl->key) return malformed("its numbers", problem.message ? problem.message : "do not make a key");
  impl->thumbprint = thumbprint_of(members);
  impl->kid = kid.empty() ? impl->thumbprint : std::move(kid);
  impl->members = std::move(members);
  return Jwk{std::move(impl)};
}

Jwk Jwk::generate(KeyType type) {
  Ptr<cjose_jwk_t> key;
  switch (type) {
    case KeyType::rsa: key.reset(cjose_jwk_create_RSA_random(least_rsa_bits, nullptr, 0, nullptr)); break;
    case KeyType::p256: key.reset(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, nullptr)); break;
    case KeyType::p384: key.reset(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_384, nullptr)); break;
    case KeyType::p521: key.reset(cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_521, nullptr)); break;
  }
  if (!key) throw std::runtime_error("a key cannot be made");
  const std::unique_ptr<char, void (*)(void*)> text{cjose_jwk_to_json(key.get(), true, nullptr), cjose_get_dealloc()};
  if (!text) throw std::runtime_error("a key cannot be written down");
  return from_json(std::string_view{text.get()}).value();
}

result<Jwk> Jwk::from_json(std::string_view text) {
  auto json = proto::parse_json(text, {.bytes = max_jwk_bytes, .depth = 4, .values = 256});
  if (!json) return Error{errc::malformed, "key: " + json.error().message()};
  return from_json(*json);
}

result<Jwk> Jwk::from_json(const Json& json) {
  if (!json.is_object()) return malformed("it", "is not an object");
  const auto text = [&](const char* name) -> std::string {
    const auto found = json.find(name);
    return found != json.end() && found->is_string() ? found->get<std::string>() : "";
  };
  auto kid = text("kid");
  if (json.contains("kid") && (kid.empty() || kid.size() > max_kid_bytes))
    return malformed("kid", "is not a short text");
  result<Json> members{malformed("kty", "is neither RSA nor EC")};
  if (text("kty") == "RSA") {
    members = rsa_members(json);
  } else if (text("kty") == "EC") {
    const auto* const curve = std::ranges::find(curves, std::string_view{text("crv")}, &Curve::name);
    if (curve == curves.end()) return malformed("crv", "is not P-256, P-384 or P-521");
    members = ec_members(json, *curve);
  }
  if (!members) return members.error();
  return make(std::move(*members), std::move(kid));
}

KeyType Jwk::type() const { return impl_->type; }
bool Jwk::is_private() const { return impl_->members.contains("d"); }
const std::string& Jwk::kid() const { return impl_->kid; }
const std::string& Jwk::thumbprint() const { return impl_->thumbprint; }
Jwk Jwk::with_kid(std::string kid) const { return make(impl_->members, std::move(kid)).value(); }

Json Jwk::public_json() const {
  Json json = impl_->members;
  for (const auto* name : rsa_private) json.erase(name);
  json["kid"] = impl_->kid;
  return json;
}

Secret Jwk::private_json() const {
  Json json = impl_->members;
  json["kid"] = impl_->kid;
  return Secret{json.dump()};
}

Jwk Jwk::public_half() const { return from_json(public_json()).value(); }

const Jwk* select_key(std::span<const Jwk> keys, std::string_view kid) {
  if (kid.empty()) return keys.size() == 1 ? &keys.front() : nullptr;
  const auto found = std::ranges::find_if(keys, [&](const Jwk& key) { return key.kid() == kid; });
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace dirbridge::jose
