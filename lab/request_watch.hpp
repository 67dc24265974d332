// Tells a modify in a stream of LDAP requests (RFC 4511 section 4.2: SEQUENCE { messageID, protocolOp … }), however the
// stream is cut. Pure.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dirbridge::lab {

class RequestWatch {
 public:
  // The next bytes of the stream. True if the operation's tag of a ModifyRequest is among them.
  bool sees_modify(std::string_view bytes);

 private:
  std::string head_;         // of the message that has begun, until its operation is known
  std::uint64_t rest_ = 0;   // bytes of a message whose operation is known
  bool is_foreign_ = false;  // not LDAP (TLS): nothing is looked at any more
};

}  // namespace dirbridge::lab
