#include "ldap/sealed_stream.hpp"

#include <algorithm>

namespace dirbridge::ldap {
namespace {

constexpr std::size_t length_bytes = 4;

}  // namespace

result<std::string> SealedStream::seal(std::string_view plain) {
  std::string out;
  while (!plain.empty()) {
    const auto piece = plain.substr(0, layer_->max_plain_bytes());
    const auto sealed = layer_->seal(piece);
    if (!sealed) return sealed.error();
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(sealed->size() >> shift & 0xff);
    out += *sealed;
    plain.remove_prefix(piece.size());
  }
  return out;
}

result<std::string> SealedStream::open(std::string_view bytes) {
  waiting_.append(bytes);
  std::string plain;
  std::size_t at = 0;
  while (waiting_.size() - at >= length_bytes) {
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8 | static_cast<unsigned char>(waiting_[at + i]);
    if (length > layer_->max_sealed_bytes())
      return Error{errc::too_large, "the peer announced a sealed piece of " + std::to_string(length) + " bytes; " +
                                        std::to_string(layer_->max_sealed_bytes()) + " were agreed on"};
    if (waiting_.size() - at - length_bytes < length) break;
    const auto opened = layer_->open(std::string_view{waiting_}.substr(at + length_bytes, length));
    if (!opened) return opened.error();
    plain += *opened;
    at += length_bytes + length;
  }
  waiting_.erase(0, at);
  return plain;
}

}  // namespace dirbridge::ldap
