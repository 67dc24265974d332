// A security layer over a stream of bytes: four bytes of length, then a sealed piece (RFC 4422 section 3.7). Pure.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "ldap/security_layer.hpp"

namespace dirbridge::ldap {

class SealedStream {
 public:
  explicit SealedStream(std::unique_ptr<SecurityLayer> layer) : layer_(std::move(layer)) {}

  // In as many pieces as the peer's limit asks for.
  result<std::string> seal(std::string_view plain);
  // The plain bytes of every piece that is whole now. errc::too_large: a piece announced longer than we said we take.
  result<std::string> open(std::string_view bytes);

 private:
  std::unique_ptr<SecurityLayer> layer_;
  std::string waiting_;
};

}  // namespace dirbridge::ldap
