#include "ldap/gssapi_bind.hpp"

#include <gssapi/gssapi.h>
#include <gssapi/gssapi_krb5.h>

#include <cassert>
#include <utility>

#include "ldap/kerberos_handles.hpp"

namespace dirbridge::ldap {
namespace {

// RFC 4752 section 3.1: the bits of the layers, and three bytes of the largest piece that each side takes.
constexpr unsigned char layer_that_seals = 4;
constexpr std::size_t offer_bytes = 4;
constexpr std::size_t max_piece = 65'536;  // what we say we take
constexpr OM_uint32 wanted =
    GSS_C_MUTUAL_FLAG | GSS_C_SEQUENCE_FLAG | GSS_C_REPLAY_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;
constexpr OM_uint32 needed = GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_CONF_FLAG;

std::string words(OM_uint32 status, int type) {
  std::string out;
  OM_uint32 minor = 0;
  OM_uint32 more = 0;
  do {
    gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
    if (GSS_ERROR(gss_display_status(&minor, status, type, gss_mech_krb5, &more, &text))) break;
    out += (out.empty() ? "" : "; ") + std::string{static_cast<char*>(text.value), text.length};
    gss_release_buffer(&minor, &text);
  } while (more != 0);
  return out;
}

Error failed(std::string_view what, OM_uint32 major, OM_uint32 minor) {
  const auto specific = minor == 0 ? std::string{} : words(minor, GSS_C_MECH_CODE);
  return {errc::protocol,
          std::string{what} + ": " + words(major, GSS_C_GSS_CODE) + (specific.empty() ? "" : " (" + specific + ")")};
}

gss_buffer_desc to_buffer(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }

// A buffer that the library fills.
struct Filled {
  Filled() = default;
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
  ~Filled() {
    OM_uint32 minor = 0;
    gss_release_buffer(&minor, &buffer);
  }
  std::string text() const { return {static_cast<const char*>(buffer.value), buffer.length}; }
  gss_buffer_desc buffer = GSS_C_EMPTY_BUFFER;
};

struct Context {
  Context() = default;
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context() {
    OM_uint32 minor = 0;
    if (handle != GSS_C_NO_CONTEXT) gss_delete_sec_context(&minor, &handle, GSS_C_NO_BUFFER);
  }
  gss_ctx_id_t handle = GSS_C_NO_CONTEXT;
};

result<std::string> wrap(gss_ctx_id_t context, std::string_view plain, bool sealed) {
  auto in = to_buffer(plain);
  Filled out;
  OM_uint32 minor = 0;
  int is_sealed = 0;
  const auto major = gss_wrap(&minor, context, sealed ? 1 : 0, GSS_C_QOP_DEFAULT, &in, &is_sealed, &out.buffer);
  if (GSS_ERROR(major)) return failed("a message could not be sealed", major, minor);
  if (sealed && is_sealed == 0) return Error{errc::protocol, "a message would have gone unsealed"};
  return out.text();
}

result<std::string> unwrap(gss_ctx_id_t context, std::string_view bytes, bool sealed) {
  auto in = to_buffer(bytes);
  Filled out;
  OM_uint32 minor = 0;
  int is_sealed = 0;
  const auto major = gss_unwrap(&minor, context, &in, &out.buffer, &is_sealed, nullptr);
  // Supplementary bits: a piece that came twice, late or out of order.
  if (major != GSS_S_COMPLETE) return failed("a message of the server is not what it sealed", major, minor);
  if (sealed && is_sealed == 0) return Error{errc::protocol, "a message of the server came unsealed"};
  return out.text();
}

class GssapiLayer final : public SecurityLayer {
 public:
  GssapiLayer(std::unique_ptr<Context> context, std::size_t max_plain)
      : context_(std::move(context)), max_plain_(max_plain) {}
  std::size_t max_plain_bytes() const override { return max_plain_; }
  std::size_t max_sealed_bytes() const override { return max_piece; }
  result<std::string> seal(std::string_view plain) override { return wrap(context_->handle, plain, true); }
  result<std::string> open(std::string_view sealed) override { return unwrap(context_->handle, sealed, true); }

 private:
  std::unique_ptr<Context> context_;
  std::size_t max_plain_;
};

}  // namespace

struct GssapiBind::Impl {
  ~Impl() {
    OM_uint32 minor = 0;
    if (target != GSS_C_NO_NAME) gss_release_name(&minor, &target);
    if (credentials != GSS_C_NO_CREDENTIAL) gss_release_cred(&minor, &credentials);
  }
  result<void> prepare();
  result<std::string> establish(std::string_view from_server);
  result<std::string> agree(std::string_view from_server);

  enum class Phase { authenticating, negotiating, agreed };
  Phase phase = Phase::authenticating;
  KerberosTicketsPtr tickets;
  std::unique_ptr<Context> context = std::make_unique<Context>();
  gss_name_t target = GSS_C_NO_NAME;
  gss_cred_id_t credentials = GSS_C_NO_CREDENTIAL;
  std::chrono::seconds lifetime{};
  std::size_t max_plain = 0;
};

GssapiBind::GssapiBind(KerberosTicketsPtr tickets) : impl_(std::make_unique<Impl>()) {
  impl_->tickets = std::move(tickets);
}
GssapiBind::GssapiBind(GssapiBind&&) noexcept = default;
GssapiBind::~GssapiBind() = default;

bool GssapiBind::is_agreed() const { return impl_->phase == Impl::Phase::agreed; }
std::chrono::seconds GssapiBind::lifetime() const { return impl_->lifetime; }

std::unique_ptr<SecurityLayer> GssapiBind::take_layer() {
  assert(is_agreed() && impl_->context);
  return std::make_unique<GssapiLayer>(std::move(impl_->context), impl_->max_plain);
}

result<std::string> GssapiBind::step(std::string_view from_server) {
  switch (impl_->phase) {
    case Impl::Phase::authenticating: return impl_->establish(from_server);
    case Impl::Phase::negotiating: return impl_->agree(from_server);
    case Impl::Phase::agreed: break;
  }
  return Error{errc::protocol, "the server wants to go on with a bind that is complete"};
}

result<void> GssapiBind::Impl::prepare() {
  OM_uint32 minor = 0;
  auto name = to_buffer(tickets->service);
  // A principal's own form: a "host-based service" would be looked up in DNS, and blocking.
  if (const auto major = gss_import_name(&minor, &name, GSS_KRB5_NT_PRINCIPAL_NAME, &target); GSS_ERROR(major))
    return failed(tickets->service, major, minor);
  if (const auto major = gss_krb5_import_cred(&minor, tickets->cache, nullptr, nullptr, &credentials); GSS_ERROR(major))
    return failed("the Kerberos ticket", major, minor);
  return {};
}

result<std::string> GssapiBind::Impl::establish(std::string_view from_server) {
  if (target == GSS_C_NO_NAME)
    if (auto prepared = prepare(); !prepared) return prepared.error();
  auto in = to_buffer(from_server);
  Filled out;
  OM_uint32 minor = 0;
  OM_uint32 flags = 0;
  OM_uint32 seconds = 0;
  const auto major = gss_init_sec_context(&minor, credentials, &context->handle, target, gss_mech_krb5, wanted, 0,
                                          GSS_C_NO_CHANNEL_BINDINGS, &in, nullptr, &out.buffer, &flags, &seconds);
  if (GSS_ERROR(major)) return failed("Kerberos with " + tickets->service, major, minor);
  if (major == GSS_S_COMPLETE) {
    if ((flags & needed) != needed) return Error{errc::protocol, tickets->service + " does not sign and seal"};
    lifetime = std::chrono::seconds{seconds};
    phase = Phase::negotiating;
  }
  return out.text();
}

result<std::string> GssapiBind::Impl::agree(std::string_view from_server) {
  const auto offer = unwrap(context->handle, from_server, false);
  if (!offer) return offer.error();
  if (offer->size() != offer_bytes) return Error{errc::protocol, "the server's offer of layers cannot be read"};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>((*offer)[i]); };
  if ((byte(0) & layer_that_seals) == 0)
    return Error{errc::configuration,
                 "the server does not offer to seal: allow it there, or use ldaps:// with a "
                 "password"};
  const OM_uint32 most = byte(1) << 16 | byte(2) << 8 | byte(3);
  OM_uint32 minor = 0;
  OM_uint32 plain = 0;
  const auto major = gss_wrap_size_limit(&minor, context->handle, 1, GSS_C_QOP_DEFAULT, most, &plain);
  if (GSS_ERROR(major) || plain == 0) return Error{errc::protocol, "the server takes no sealed message"};
  max_plain = plain;
  // No authorization identity: as whoever the ticket says.
  const std::string choice{static_cast<char>(layer_that_seals), static_cast<char>(max_piece >> 16 & 0xff),
                           static_cast<char>(max_piece >> 8 & 0xff), static_cast<char>(max_piece & 0xff)};
  auto answer = wrap(context->handle, choice, false);
  if (answer) phase = Phase::agreed;
  return answer;
}

}  // namespace dirbridge::ldap
