// The LDAP protocol as a codec: libldap over two byte queues. No socket, no thread, no clock; bytes in, messages out.
//
// A request is encoded by submit_*() and its bytes wait in take_output(); what the peer sent goes into feed(), in
// pieces of any size, and comes back as messages. After a failed feed() the session is of no more use (libldap's handle
// never recovers): feed() keeps failing, submit_*() refuses. Referrals are reported, never chased.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "ldap/control.hpp"
#include "ldap/directory.hpp"
#include "ldap/result.hpp"
#include "ldap/security_layer.hpp"

namespace dirbridge::ldap {

struct SessionLimits {
  // One PDU of the peer. A group of 100,000 members read whole is 5 to 10 MiB.
  std::size_t max_message_bytes = 32u << 20;
};

// RFC 2696: `size` 0 asks for no paging. `cookie` is the previous page's, empty for the first.
struct PageRequest {
  std::uint32_t size = 0;
  std::string cookie{};
};

// What a server says of the password of a bind, beside its result code (draft-behera-ldap-password-policy-10).
enum class PasswordState {
  unremarkable,
  expired,
  locked,       // or disabled
  must_change,  // also with a result of 0: nothing but a change of the password will be allowed
};

// A write that is never carried out: it always goes out with the critical No-Op control, and a server that does not
// know it refuses (12). OpenLDAP tells whether it would have been allowed: `would_be_done`, or its usual code.
struct Attempt {
  enum class Kind { add_entry, delete_entry, add_value, remove_value };
  static constexpr int would_be_done = 0x410e;  // LDAP_X_NO_OPERATION

  Kind kind{};
  std::string dn;
  std::string attribute;  // of an entry to be added: objectClass
  std::vector<std::string> values{};
};

class Session {
 public:
  struct Message {
    enum class Kind {
      bind,              // result
      extended,          // result
      modify,            // result
      add_entry,         // result
      delete_entry,      // result
      compare,           // result: 6 true, 5 false
      search_entry,      // entry
      search_reference,  // result.referrals
      search_done,       // result, cookie (empty: this was the last page), controls
      intermediate,      // RFC 4511 section 4.13: nothing of it is kept
      notice,            // unsolicited (msgid 0): result, oid
      other,             // an answer to nothing we send
    };
    int msgid = 0;
    Kind kind = Kind::other;
    Result result;
    Entry entry;
    std::string cookie{};
    std::string oid;
    std::string value{};                                   // of an extended answer; the server's credentials of a bind
    PasswordState password = PasswordState::unremarkable;  // of a bind's answer
    std::vector<Control> controls{};
  };
  // RFC 4511 section 4.4.1: the server is about to end the connection.
  static constexpr std::string_view notice_of_disconnection = "1.3.6.1.4.1.1466.20036";

  explicit Session(SessionLimits limits = {});
  Session(Session&&) noexcept;
  ~Session();

  // Each returns the msgid of its answer; the error says what cannot be encoded.
  // A DN with an empty password is refused: servers take it for an anonymous bind (RFC 4513 section 5.1.2). The server
  // is asked for what its password policy has to say, which many answer with nothing but "invalid credentials".
  result<int> submit_simple_bind(const std::string& dn, const Secret& password);
  // SASL EXTERNAL: who we are is known from the TLS certificate or the local socket.
  result<int> submit_external_bind();
  // One step of SASL GSSAPI (gssapi_bind.hpp). The answer's value is what the server says to it.
  result<int> submit_gssapi_bind(const std::string& credentials);
  // From the next byte on, both ways. Between messages only.
  void seal(std::unique_ptr<SecurityLayer> layer);
  result<int> submit_start_tls();
  // RFC 4532; the answer's value is the authorization identity: "dn:cn=agent,dc=org", "u:AD\\agent", empty: anonymous.
  result<int> submit_who_am_i();
  result<int> submit_search(const SearchRequest& request, const PageRequest& page = {},
                            const std::vector<Control>& controls = {});
  // Whether `dn` has the value, under a right that whoever may search for it has, too. 389 DS answers it wrongly.
  result<int> submit_compare(const std::string& dn, const std::string& attribute, const std::string& value);
  // At least one value in all, none of them empty: a delete without values would empty the attribute.
  result<int> submit_modify(const ModifyRequest& request);
  result<int> submit_attempt(const Attempt& attempt);
  // The same with a whole delta: the critical No-Op control goes with it, always. Nothing is tracked.
  result<int> submit_attempt(const ModifyRequest& request);
  // Answers of `msgid` are dropped from now on. For reads only: abandon does not undo.
  void abandon(int msgid);
  // The last PDU of a connection.
  void submit_unbind();

  // Bytes for the peer, in order; the queue is empty afterwards.
  std::string take_output();
  // Why output could not be sealed: nothing has left since, and the connection must end.
  const std::optional<Error>& broken() const;
  // Every message that is complete now, in order. Answers to unknown or abandoned msgids are dropped.
  // Errors: errc::protocol (not LDAP, with what is wrong), errc::too_large (max_message_bytes, or what the security
  // layer takes).
  result<std::vector<Message>> feed(std::string_view bytes);
  // Answers dropped so far because nobody waits for them.
  std::size_t dropped() const;
  // True if no part of a message is waiting for its rest (RFC 4511 4.14.1: nothing may follow a StartTLS answer in
  // clear).
  bool is_between_messages() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dirbridge::ldap
