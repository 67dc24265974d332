#include "ldap/session.hpp"

#include <openldap.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

#include "ldap/envelope.hpp"
#include "ldap/message_framer.hpp"
#include "ldap/sealed_stream.hpp"
#include "ldap/server_kind.hpp"
#include "ldap/session_decode.hpp"

namespace dirbridge::ldap {
namespace {

// The memory libldap takes for its socket.
struct Wire {
  std::string_view in;  // at most one message
  std::string out;
};

Wire& wire_of(Sockbuf_IO_Desc* d) { return *static_cast<Wire*>(d->sbiod_pvt); }

int wire_setup(Sockbuf_IO_Desc* d, void* wire) {
  d->sbiod_pvt = wire;
  return 0;
}
int wire_ctrl(Sockbuf_IO_Desc* d, int option, void*) {
  return static_cast<int>(option == LBER_SB_OPT_DATA_READY && !wire_of(d).in.empty());
}
ber_slen_t wire_read(Sockbuf_IO_Desc* d, void* buffer, ber_len_t length) {
  auto& in = wire_of(d).in;
  if (in.empty()) {
    errno = EWOULDBLOCK;
    return -1;
  }
  const auto count = std::min<std::size_t>(length, in.size());
  std::memcpy(buffer, in.data(), count);
  in.remove_prefix(count);
  return static_cast<ber_slen_t>(count);
}
ber_slen_t wire_write(Sockbuf_IO_Desc* d, void* buffer, ber_len_t length) {
  wire_of(d).out.append(static_cast<char*>(buffer), length);
  return static_cast<ber_slen_t>(length);
}
int wire_nothing(Sockbuf_IO_Desc*) { return 0; }

Sockbuf_IO wire_io{wire_setup, wire_nothing, wire_ctrl, wire_read, wire_write, wire_nothing};

// libldap insists on a descriptor it can ask for readability. This one never is readable, and is never closed.
int idle_descriptor() {
  static const int descriptor = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) throw std::runtime_error("eventfd: " + std::string{std::strerror(errno)});
  return descriptor;
}

struct Unbinder {
  void operator()(LDAP* handle) const { ldap_unbind_ext(handle, nullptr, nullptr); }
};
struct ControlDeleter {
  void operator()(LDAPControl* control) const { ldap_control_free(control); }
};

void set(LDAP* handle, int option, const void* value) {
  if (ldap_set_option(handle, option, value) != LDAP_OPT_SUCCESS)
    throw std::runtime_error("libldap refuses option " + std::to_string(option));
}

// What a server writes into its log: one word of harmless characters, of a length no server refuses.
std::string tracking_id(std::string_view correlation) {
  constexpr std::size_t most = 256;
  std::string id;
  for (const char c : correlation.substr(0, most)) {
    const bool harmless = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                          std::string_view{"-_.,:+/=~"}.find(c) != std::string_view::npos;
    id += harmless ? c : '_';
  }
  return id;
}

berval to_berval(const std::string& text) { return {text.size(), const_cast<char*>(text.data())}; }

// Points into `control`.
LDAPControl to_ldap_control(const Control& control) {
  LDAPControl out{};
  out.ldctl_oid = const_cast<char*>(control.oid.c_str());
  if (!control.value.empty()) out.ldctl_value = to_berval(control.value);
  out.ldctl_iscritical = static_cast<char>(control.critical ? 1 : 0);
  return out;
}

// The values of one LDAPMod; libldap reads through pointers, so everything stays in place until the call is over.
struct ModValues {
  ModValues(const std::vector<Dn>& names, ServerKind kind) {
    texts.reserve(names.size());
    for (const auto& name : names) texts.push_back(wire_name(name, kind));
    values.reserve(names.size());
    for (const auto& text : texts) values.push_back(to_berval(text));
    for (auto& value : values) pointers.push_back(&value);
    pointers.push_back(nullptr);
  }
  std::vector<std::string> texts;
  std::vector<berval> values;
  std::vector<berval*> pointers;
};

// A delta in libldap's terms; lives as long as the call that encodes it, and no longer than its request.
struct Delta {
  explicit Delta(const ModifyRequest& request)
      : attribute(request.attribute), to_add(request.add, request.kind), to_remove(request.remove, request.kind) {
    add.mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES;
    add.mod_bvalues = to_add.pointers.data();
    remove.mod_op = LDAP_MOD_DELETE | LDAP_MOD_BVALUES;
    remove.mod_bvalues = to_remove.pointers.data();
    add.mod_type = remove.mod_type = attribute.data();
    // Adds first: a group whose last member is exchanged is then never empty on the way.
    if (!request.add.empty()) mods.push_back(&add);
    if (!request.remove.empty()) mods.push_back(&remove);
    mods.push_back(nullptr);
  }
  Delta(const Delta&) = delete;
  Delta& operator=(const Delta&) = delete;

  std::string attribute;
  ModValues to_add, to_remove;
  LDAPMod add{}, remove{};
  std::vector<LDAPMod*> mods;
};

result<void> check_delta(const ModifyRequest& request) {
  const auto is_empty = [](const Dn& value) { return value.empty(); };
  if (request.target.empty() || request.attribute.empty() || (request.add.empty() && request.remove.empty()) ||
      std::any_of(request.add.begin(), request.add.end(), is_empty) ||
      std::any_of(request.remove.begin(), request.remove.end(), is_empty))
    return Error{errc::malformed, "a modify needs a target, an attribute and values, none of them empty"};
  return {};
}

}  // namespace

struct Session::Impl {
  explicit Impl(SessionLimits limits) : framer(limits.max_message_bytes) {
    LDAP* raw = nullptr;
    if (ldap_init_fd(idle_descriptor(), LDAP_PROTO_EXT, "ldap://memory.invalid", &raw) != LDAP_SUCCESS)
      throw std::runtime_error("libldap cannot make a session");
    handle.reset(raw);
    Sockbuf* sockbuf = nullptr;
    ldap_get_option(raw, LDAP_OPT_SOCKBUF, &sockbuf);
    ber_sockbuf_add_io(sockbuf, &wire_io, LBER_SBIOD_LEVEL_PROVIDER, &wire);
    // ldap.conf and the environment have set defaults of their own; none of them is wanted here.
    const int version = LDAP_VERSION3;
    const int none = 0;
    const int never = LDAP_DEREF_NEVER;
    set(raw, LDAP_OPT_PROTOCOL_VERSION, &version);
    set(raw, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    set(raw, LDAP_OPT_SIZELIMIT, &none);
    set(raw, LDAP_OPT_TIMELIMIT, &none);
    set(raw, LDAP_OPT_DEREF, &never);
  }

  // What a submit_*() returns once libldap has (not) encoded it.
  result<int> submitted(int rc, int msgid, std::string_view what) const {
    if (rc == LDAP_SUCCESS) return msgid;
    return Error{make_code(rc), "cannot encode the " + std::string{what}};
  }

  Wire wire;  // before the handle: unbind still writes to it
  std::unique_ptr<LDAP, Unbinder> handle;
  MessageFramer framer;
  std::optional<SealedStream> sealed;
  std::optional<Error> failure;
  std::optional<Error> broken;
  std::size_t dropped = 0;
};

Session::Session(SessionLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
Session::Session(Session&&) noexcept = default;
Session::~Session() = default;

result<int> Session::submit_simple_bind(const std::string& dn, const Secret& password) {
  if (impl_->failure) return *impl_->failure;
  if (!dn.empty() && password.empty())
    return Error{errc::configuration,
                 "the password of " + dn + " is empty: a server would take it for an anonymous bind"};
  berval credentials = to_berval(password.reveal());
  std::string oid{LDAP_CONTROL_PASSWORDPOLICYREQUEST};
  LDAPControl policy{oid.data(), {}, 0};  // not critical: most servers do not know it
  LDAPControl* controls[] = {&policy, nullptr};
  int msgid = 0;
  const int rc =
      ldap_sasl_bind(impl_->handle.get(), dn.c_str(), LDAP_SASL_SIMPLE, &credentials, controls, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "bind");
}

result<int> Session::submit_external_bind() {
  if (impl_->failure) return *impl_->failure;
  const std::string authorisation;  // empty: as whoever the transport says we are
  berval credentials = to_berval(authorisation);
  int msgid = 0;
  const int rc = ldap_sasl_bind(impl_->handle.get(), nullptr, "EXTERNAL", &credentials, nullptr, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "bind");
}

result<int> Session::submit_gssapi_bind(const std::string& credentials) {
  if (impl_->failure) return *impl_->failure;
  berval value = to_berval(credentials);
  int msgid = 0;
  const int rc = ldap_sasl_bind(impl_->handle.get(), nullptr, "GSSAPI", &value, nullptr, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "bind");
}

void Session::seal(std::unique_ptr<SecurityLayer> layer) {
  assert(impl_->wire.out.empty() && is_between_messages() && !impl_->sealed);
  impl_->sealed.emplace(std::move(layer));
}

result<int> Session::submit_start_tls() {
  if (impl_->failure) return *impl_->failure;
  int msgid = 0;
  const int rc = ldap_extended_operation(impl_->handle.get(), LDAP_EXOP_START_TLS, nullptr, nullptr, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "StartTLS request");
}

result<int> Session::submit_who_am_i() {
  if (impl_->failure) return *impl_->failure;
  int msgid = 0;
  const int rc = ldap_extended_operation(impl_->handle.get(), LDAP_EXOP_WHO_AM_I, nullptr, nullptr, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "Who am I request");
}

result<int> Session::submit_compare(const std::string& dn, const std::string& attribute, const std::string& value) {
  if (impl_->failure) return *impl_->failure;
  berval wanted = to_berval(value);
  int msgid = 0;
  const int rc =
      ldap_compare_ext(impl_->handle.get(), dn.c_str(), attribute.c_str(), &wanted, nullptr, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "compare with " + dn);
}

result<int> Session::submit_search(const SearchRequest& request, const PageRequest& page,
                                   const std::vector<Control>& more) {
  if (impl_->failure) return *impl_->failure;
  std::vector<char*> attributes;
  for (const auto& name : request.attributes) attributes.push_back(const_cast<char*>(name.c_str()));
  attributes.push_back(nullptr);

  std::unique_ptr<LDAPControl, ControlDeleter> paging;
  if (page.size > 0) {
    LDAPControl* raw = nullptr;
    berval cookie = to_berval(page.cookie);
    // Not critical: a server without paging answers the whole at once, which is complete too.
    const int rc = ldap_create_page_control(impl_->handle.get(), static_cast<ber_int_t>(page.size),
                                            page.cookie.empty() ? nullptr : &cookie, 0, &raw);
    if (rc != LDAP_SUCCESS) return impl_->submitted(rc, 0, "paging control");
    paging.reset(raw);
  }
  std::vector<LDAPControl> given;
  for (const auto& one : more) given.push_back(to_ldap_control(one));
  std::vector<LDAPControl*> controls;
  if (paging) controls.push_back(paging.get());
  for (auto& one : given) controls.push_back(&one);
  controls.push_back(nullptr);

  const int scope = request.scope == Scope::base        ? LDAP_SCOPE_BASE
                    : request.scope == Scope::one_level ? LDAP_SCOPE_ONELEVEL
                                                        : LDAP_SCOPE_SUBTREE;
  int msgid = 0;
  const int rc = ldap_search_ext(impl_->handle.get(), request.base.c_str(), scope, request.filter.c_str(),
                                 request.attributes.empty() ? nullptr : attributes.data(), 0, controls.data(), nullptr,
                                 nullptr, LDAP_NO_LIMIT, &msgid);
  return impl_->submitted(rc, msgid, "search " + request.filter);
}

result<int> Session::submit_modify(const ModifyRequest& request) {
  if (impl_->failure) return *impl_->failure;
  if (const auto checked = check_delta(request); !checked) return checked.error();
  Delta delta{request};

  // draft-wahl-ldap-session-03. Not critical: it is for the server's log, and a server that does not know it does the
  // work all the same.
  std::unique_ptr<LDAPControl, ControlDeleter> tracking;
  if (request.tracked && !request.correlation.empty()) {
    auto id = tracking_id(request.correlation);
    berval value = to_berval(id);
    std::string address;
    std::string name{"dirbridge"};
    std::string format{LDAP_CONTROL_X_SESSION_TRACKING_RADIUS_ACCT_SESSION_ID};
    LDAPControl* raw = nullptr;
    const int rc = ldap_create_session_tracking_control(impl_->handle.get(), address.data(), name.data(), format.data(),
                                                        &value, &raw);
    if (rc != LDAP_SUCCESS) return impl_->submitted(rc, 0, "session tracking control");
    tracking.reset(raw);
    tracking->ldctl_iscritical = 0;
  }
  LDAPControl* controls[] = {tracking.get(), nullptr};

  int msgid = 0;
  const auto target = wire_name(request.target, request.kind);
  const int rc = ldap_modify_ext(impl_->handle.get(), target.c_str(), delta.mods.data(), controls, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "modify of " + request.target.text());
}

result<int> Session::submit_attempt(const ModifyRequest& request) {
  if (impl_->failure) return *impl_->failure;
  if (const auto checked = check_delta(request); !checked) return checked.error();
  Delta delta{request};
  const Control no_op{std::string{no_op_oid}};
  LDAPControl control = to_ldap_control(no_op);
  LDAPControl* controls[] = {&control, nullptr};
  int msgid = 0;
  const auto target = wire_name(request.target, request.kind);
  const int rc = ldap_modify_ext(impl_->handle.get(), target.c_str(), delta.mods.data(), controls, nullptr, &msgid);
  return impl_->submitted(rc, msgid, "attempt on " + request.target.text());
}

result<int> Session::submit_attempt(const Attempt& attempt) {
  if (impl_->failure) return *impl_->failure;
  const bool whole = attempt.kind == Attempt::Kind::delete_entry;
  const auto is_empty = [](const std::string& value) { return value.empty(); };
  if (attempt.dn.empty() || (!whole && (attempt.attribute.empty() || attempt.values.empty())) ||
      std::any_of(attempt.values.begin(), attempt.values.end(), is_empty))
    return Error{errc::malformed, "an attempt needs a name, an attribute and values, none of them empty"};
  std::vector<berval> values;
  for (const auto& value : attempt.values) values.push_back(to_berval(value));
  std::vector<berval*> pointers;
  for (auto& value : values) pointers.push_back(&value);
  pointers.push_back(nullptr);
  std::string attribute = attempt.attribute;
  LDAPMod mod{};
  mod.mod_op = (attempt.kind == Attempt::Kind::remove_value ? LDAP_MOD_DELETE : LDAP_MOD_ADD) | LDAP_MOD_BVALUES;
  mod.mod_type = attribute.data();
  mod.mod_bvalues = pointers.data();
  LDAPMod* mods[] = {&mod, nullptr};
  const Control no_op{std::string{no_op_oid}};
  LDAPControl control = to_ldap_control(no_op);
  LDAPControl* controls[] = {&control, nullptr};

  auto* const handle = impl_->handle.get();
  int msgid = 0;
  int rc = LDAP_SUCCESS;
  switch (attempt.kind) {
    case Attempt::Kind::add_entry:
      rc = ldap_add_ext(handle, attempt.dn.c_str(), mods, controls, nullptr, &msgid);
      break;
    case Attempt::Kind::delete_entry:
      rc = ldap_delete_ext(handle, attempt.dn.c_str(), controls, nullptr, &msgid);
      break;
    case Attempt::Kind::add_value:
    case Attempt::Kind::remove_value:
      rc = ldap_modify_ext(handle, attempt.dn.c_str(), mods, controls, nullptr, &msgid);
      break;
  }
  return impl_->submitted(rc, msgid, "attempt on " + attempt.dn);
}

void Session::abandon(int msgid) {
  if (!impl_->failure) ldap_abandon_ext(impl_->handle.get(), msgid, nullptr, nullptr);
}

void Session::submit_unbind() {
  if (impl_->failure) return;
  impl_->handle.reset();  // writes the PDU
  impl_->failure = Error{errc::closed, "the LDAP session is unbound"};
}

std::string Session::take_output() {
  auto plain = std::exchange(impl_->wire.out, {});
  if (!impl_->sealed || plain.empty()) return plain;
  auto bytes = impl_->sealed->seal(plain);
  if (bytes) return std::move(*bytes);
  impl_->failure = impl_->broken = bytes.error();
  return {};
}

const std::optional<Error>& Session::broken() const { return impl_->broken; }

result<std::vector<Session::Message>> Session::feed(std::string_view bytes) {
  auto& impl = *impl_;
  if (impl.failure) return *impl.failure;
  const auto fail = [&](Error error) {
    impl.failure = std::move(error);
    return *impl.failure;
  };
  std::string plain;
  if (impl.sealed) {
    auto opened = impl.sealed->open(bytes);
    if (!opened) return fail(opened.error());
    plain = std::move(*opened);
    bytes = plain;
  }
  impl.framer.append(bytes);
  std::vector<Message> messages;
  for (;;) {
    auto pdu = impl.framer.next();
    if (!pdu) return fail(pdu.error());
    if (!*pdu) return messages;
    const auto envelope = open_envelope(**pdu);
    if (!envelope) return fail(envelope.error());
    if (envelope->msgid == 0) {  // unsolicited (RFC 4511 section 4.4)
      auto notice = decode_notice(**pdu);
      if (!notice) return fail(notice.error());
      messages.push_back(std::move(*notice));
      continue;
    }
    impl.wire.in = **pdu;
    timeval zero{};
    LDAPMessage* raw = nullptr;
    const int rc = ldap_result(impl.handle.get(), LDAP_RES_ANY, LDAP_MSG_ONE, &zero, &raw);
    const MessagePtr owned{raw};
    if (rc < 0 || !impl.wire.in.empty())
      return fail({errc::protocol, "the peer sent a message that cannot be decoded"});
    if (rc == 0) {  // the answer to a msgid nobody waits for
      ++impl.dropped;
      continue;
    }
    auto message = decode(impl.handle.get(), raw);
    if (!message) return fail(message.error());
    messages.push_back(std::move(*message));
  }
}

std::size_t Session::dropped() const { return impl_->dropped; }

bool Session::is_between_messages() const { return impl_->framer.empty(); }

}  // namespace dirbridge::ldap
