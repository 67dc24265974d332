#include "ldap/session_decode.hpp"

#include <utility>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

using Message = Session::Message;

struct BerDeleter {
  void operator()(BerElement* ber) const { ber_free(ber, 0); }
};
struct OwnedBerDeleter {
  void operator()(BerElement* ber) const { ber_free(ber, 1); }
};
struct ValueFree {
  void operator()(void* memory) const { ber_memfree(memory); }
};
struct VectorFree {
  void operator()(char** texts) const { ber_memvfree(reinterpret_cast<void**>(texts)); }
};
struct ControlsFree {
  void operator()(LDAPControl** controls) const { ldap_controls_free(controls); }
};

Error undecodable(std::string_view what) {
  return {errc::protocol, "the peer sent a message that cannot be decoded: " + std::string{what}};
}

// Words of a server, for logs, reports and status lines: whatever their length was.
std::string to_string(const char* text) {
  constexpr std::size_t most = 4096;
  if (text == nullptr) return {};
  std::string_view words{text};
  if (words.size() > most) {
    words = words.substr(0, most);
    while (!words.empty() && (static_cast<unsigned char>(words.back()) & 0xC0) == 0x80) words.remove_suffix(1);
    if (!words.empty() && static_cast<unsigned char>(words.back()) >= 0xC0) words.remove_suffix(1);
  }
  return std::string{words};
}

std::vector<std::string> to_strings(char** texts) {
  constexpr std::size_t most = 100;
  std::vector<std::string> out;
  for (; texts != nullptr && *texts != nullptr && out.size() < most; ++texts) out.push_back(to_string(*texts));
  return out;
}

Message::Kind kind_of(int type) {
  switch (type) {
    case LDAP_RES_BIND: return Message::Kind::bind;
    case LDAP_RES_EXTENDED: return Message::Kind::extended;
    case LDAP_RES_MODIFY: return Message::Kind::modify;
    case LDAP_RES_ADD: return Message::Kind::add_entry;
    case LDAP_RES_COMPARE: return Message::Kind::compare;
    case LDAP_RES_DELETE: return Message::Kind::delete_entry;
    case LDAP_RES_SEARCH_ENTRY: return Message::Kind::search_entry;
    case LDAP_RES_SEARCH_REFERENCE: return Message::Kind::search_reference;
    case LDAP_RES_INTERMEDIATE: return Message::Kind::intermediate;
    case LDAP_RES_SEARCH_RESULT: return Message::Kind::search_done;
    default: return Message::Kind::other;
  }
}

// Only a remark on the result: what cannot be read is no remark.
PasswordState password_state(LDAP* handle, LDAPControl** controls) {
  LDAPControl* policy = ldap_control_find(LDAP_CONTROL_PASSWORDPOLICYRESPONSE, controls, nullptr);
  // libldap aborts the process over a control without a value.
  if (policy == nullptr || policy->ldctl_value.bv_val == nullptr || policy->ldctl_value.bv_len == 0)
    return PasswordState::unremarkable;
  ber_int_t expires = -1;
  ber_int_t grace = -1;
  LDAPPasswordPolicyError remark = PP_noError;
  if (ldap_parse_passwordpolicy_control(handle, policy, &expires, &grace, &remark) != LDAP_SUCCESS)
    return PasswordState::unremarkable;
  switch (remark) {
    case PP_passwordExpired: return PasswordState::expired;
    case PP_accountLocked: return PasswordState::locked;
    case PP_changeAfterReset: return PasswordState::must_change;
    default: return PasswordState::unremarkable;
  }
}

result<void> decode_result(LDAP* handle, LDAPMessage* raw, Message& message) {
  char* matched = nullptr;
  char* diagnostic = nullptr;
  char** referrals = nullptr;
  LDAPControl** controls = nullptr;
  const int rc = ldap_parse_result(handle, raw, &message.result.code, &matched, &diagnostic, &referrals, &controls, 0);
  const std::unique_ptr<char, ValueFree> own_matched{matched};
  const std::unique_ptr<char, ValueFree> own_diagnostic{diagnostic};
  const std::unique_ptr<char*, VectorFree> own_referrals{referrals};
  const std::unique_ptr<LDAPControl*, ControlsFree> own_controls{controls};
  if (rc != LDAP_SUCCESS) return undecodable("a result");
  message.result.matched_dn = to_string(matched);
  message.result.diagnostic = to_string(diagnostic);
  message.result.referrals = to_strings(referrals);

  if (message.kind == Message::Kind::extended) {
    berval* value = nullptr;
    if (ldap_parse_extended_result(handle, raw, nullptr, &value, 0) != LDAP_SUCCESS)
      return undecodable("an extended result");
    if (value != nullptr && value->bv_val != nullptr) message.value.assign(value->bv_val, value->bv_len);
    ber_bvfree(value);
    return {};
  }

  for (auto* const* one = controls; one != nullptr && *one != nullptr; ++one) {
    const berval& value = (*one)->ldctl_value;
    message.controls.push_back({to_string((*one)->ldctl_oid),
                                value.bv_val == nullptr ? std::string{} : std::string{value.bv_val, value.bv_len},
                                (*one)->ldctl_iscritical != 0});
  }
  if (message.kind == Message::Kind::bind) {
    message.password = password_state(handle, controls);
    berval* credentials = nullptr;
    if (ldap_parse_sasl_bind_result(handle, raw, &credentials, 0) != LDAP_SUCCESS) return undecodable("a bind result");
    if (credentials != nullptr && credentials->bv_val != nullptr)
      message.value.assign(credentials->bv_val, credentials->bv_len);
    ber_bvfree(credentials);
    return {};
  }

  LDAPControl* paging = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, nullptr);
  if (paging == nullptr || message.kind != Message::Kind::search_done) return {};
  ber_int_t estimate = 0;
  berval cookie{};
  // A cookie that cannot be read would look like the last page: an incomplete search taken for a complete one.
  // libldap aborts the process over a control without a value, and reads through a null pointer in an empty one.
  if (paging->ldctl_value.bv_val == nullptr || paging->ldctl_value.bv_len == 0 ||
      ldap_parse_pageresponse_control(handle, paging, &estimate, &cookie) != LDAP_SUCCESS)
    return undecodable("a paging control");
  const std::unique_ptr<char, ValueFree> own_cookie{cookie.bv_val};
  if (cookie.bv_val != nullptr) message.cookie.assign(cookie.bv_val, cookie.bv_len);
  return {};
}

result<void> decode_entry(LDAP* handle, LDAPMessage* raw, Message& message) {
  BerElement* cursor = nullptr;
  berval dn{};
  const int rc_dn = ldap_get_dn_ber(handle, raw, &cursor, &dn);
  const std::unique_ptr<BerElement, BerDeleter> own_cursor{cursor};
  if (rc_dn != LDAP_SUCCESS) return undecodable("an entry's name");
  message.entry.dn.assign(dn.bv_val, dn.bv_len);
  for (;;) {
    berval name{};
    BerVarray values = nullptr;  // points into the message: only the array itself is allocated
    if (ldap_get_attribute_ber(handle, raw, cursor, &name, &values) != LDAP_SUCCESS)
      return undecodable("the entry " + message.entry.dn);
    const std::unique_ptr<berval, ValueFree> own_values{values};
    if (name.bv_val == nullptr) return {};
    auto& attribute = message.entry.attributes.emplace_back();
    attribute.name.assign(name.bv_val, name.bv_len);
    for (const berval* value = values; value != nullptr && value->bv_val != nullptr; ++value)
      attribute.values.emplace_back(value->bv_val, value->bv_len);
  }
}

result<void> decode_reference(LDAP* handle, LDAPMessage* raw, Message& message) {
  char** referrals = nullptr;
  if (ldap_parse_reference(handle, raw, &referrals, nullptr, 0) != LDAP_SUCCESS) return undecodable("a reference");
  const std::unique_ptr<char*, VectorFree> own{referrals};
  message.result.referrals = to_strings(referrals);
  return {};
}

}  // namespace

result<Message> decode(LDAP* handle, LDAPMessage* raw) {
  Message message;
  message.msgid = ldap_msgid(raw);
  message.kind = kind_of(ldap_msgtype(raw));
  result<void> decoded;
  switch (message.kind) {
    case Message::Kind::search_entry: decoded = decode_entry(handle, raw, message); break;
    case Message::Kind::search_reference: decoded = decode_reference(handle, raw, message); break;
    case Message::Kind::intermediate:
    case Message::Kind::other: break;
    default: decoded = decode_result(handle, raw, message);
  }
  if (!decoded) return decoded.error();
  return message;
}

result<Message> decode_notice(std::string_view pdu) {
  berval bytes{pdu.size(), const_cast<char*>(pdu.data())};
  const std::unique_ptr<BerElement, OwnedBerDeleter> ber{ber_init(&bytes)};
  ber_int_t msgid = 0;
  ber_tag_t tag = 0;
  ber_int_t code = 0;
  berval matched{};
  berval diagnostic{};
  if (!ber || ber_scanf(ber.get(), "{it{emm", &msgid, &tag, &code, &matched, &diagnostic) == LBER_ERROR ||
      tag != LDAP_RES_EXTENDED)
    return undecodable("a notice");
  Message message;
  message.kind = Message::Kind::notice;
  message.result.code = code;
  message.result.matched_dn = to_string(std::string{matched.bv_val, matched.bv_len}.c_str());
  message.result.diagnostic = to_string(std::string{diagnostic.bv_val, diagnostic.bv_len}.c_str());
  ber_len_t length = 0;
  if (ber_peek_tag(ber.get(), &length) == LDAP_TAG_EXOP_RES_OID) {
    berval oid{};
    if (ber_scanf(ber.get(), "m", &oid) == LBER_ERROR) return undecodable("a notice");
    message.oid.assign(oid.bv_val, oid.bv_len);
  }
  return message;
}

}  // namespace dirbridge::ldap
