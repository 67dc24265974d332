// Cuts a peer's byte stream into LDAPMessages, so that libldap only ever sees whole ones of a bounded size.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace dirbridge::ldap {

// RFC 4511 section 5.1: each message is a BER SEQUENCE of definite length. Pure.
class MessageFramer {
 public:
  explicit MessageFramer(std::size_t max_message_bytes) : max_message_bytes_(max_message_bytes) {}

  void append(std::string_view bytes);
  // The next whole message with its header; valid until the next append(). nullopt: more bytes are needed.
  // Errors: errc::protocol (not LDAP), errc::too_large (announced longer than the limit); both are final.
  result<std::optional<std::string_view>> next();
  // No byte is waiting.
  bool empty() const { return start_ == buffer_.size(); }

 private:
  std::size_t max_message_bytes_;
  std::string buffer_;
  std::size_t start_ = 0;  // of what next() has not returned yet
};

}  // namespace dirbridge::ldap
