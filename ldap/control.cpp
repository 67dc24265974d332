#include "ldap/control.hpp"

#include <lber.h>

#include <algorithm>
#include <memory>

namespace dirbridge::ldap {
namespace {

struct BerDeleter {
  void operator()(BerElement* ber) const { ber_free(ber, 1); }
};
using Ber = std::unique_ptr<BerElement, BerDeleter>;

template <class... Parts>
std::string encode(const char* format, Parts... parts) {
  const Ber ber{ber_alloc_t(LBER_USE_DER)};
  berval bytes{};
  // Fails for want of memory only: the formats are ours.
  if (!ber || ber_printf(ber.get(), format, parts...) < 0 || ber_flatten2(ber.get(), &bytes, 0) < 0) return {};
  return {bytes.bv_val, bytes.bv_len};
}

}  // namespace

Control sync_request(std::string_view cookie) {
  constexpr ber_int_t refresh_only = 1;
  return {std::string{sync_request_oid},
          cookie.empty() ? encode("{e}", refresh_only)
                         : encode("{eo}", refresh_only, cookie.data(), static_cast<ber_len_t>(cookie.size()))};
}

result<std::string> sync_cookie(std::string_view sync_done_value) {
  const Error broken{errc::protocol, "a Sync Done control that cannot be decoded"};
  berval bytes{sync_done_value.size(), const_cast<char*>(sync_done_value.data())};
  if (sync_done_value.empty()) return broken;
  const Ber ber{ber_init(&bytes)};
  ber_len_t length = 0;
  if (!ber || ber_skip_tag(ber.get(), &length) != LBER_SEQUENCE) return broken;
  if (length == 0) return std::string{};
  const auto tag = ber_peek_tag(ber.get(), &length);
  if (tag == LBER_BOOLEAN) return std::string{};  // refreshDeletes alone
  if (tag != LBER_OCTETSTRING) return broken;
  berval cookie{};
  if (ber_scanf(ber.get(), "m", &cookie) == LBER_ERROR) return broken;
  return std::string{cookie.bv_val, cookie.bv_len};
}

Control persistent_search() {
  constexpr ber_int_t all_changes = 1 | 2 | 4 | 8;
  constexpr ber_int_t changes_only = 0;
  constexpr ber_int_t say_what_changed = 1;
  return {"2.16.840.1.113730.3.4.3", encode("{ibb}", all_changes, changes_only, say_what_changed)};
}

// The value is the authorization identity itself, no BER around it.
Control proxied_authorization(std::string_view dn) { return {"2.16.840.1.113730.3.4.18", "dn:" + std::string{dn}}; }

Control dir_sync(bool object_security) {
  const ber_int_t flags = object_security ? 1 : 0;
  constexpr ber_int_t max_bytes = 64 << 10;
  return {std::string{dir_sync_oid}, encode("{iio}", flags, max_bytes, "", ber_len_t{0})};
}

Control change_notification() { return {"1.2.840.113556.1.4.528"}; }

Control effective_rights(std::string_view dn) { return {"1.3.6.1.4.1.42.2.27.9.5.2", "dn:" + std::string{dn}}; }

Control owner_and_access() {
  constexpr ber_int_t owner = 1, access_list = 4;
  return {"1.2.840.113556.1.4.801", encode("{i}", owner | access_list)};
}

const Control* find_control(const std::vector<Control>& controls, std::string_view oid) {
  const auto found = std::ranges::find(controls, oid, &Control::oid);
  return found == controls.end() ? nullptr : &*found;
}

}  // namespace dirbridge::ldap
