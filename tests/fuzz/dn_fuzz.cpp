// A name from a stranger: refused with a reason, or one that means the same however it is spelled.
#include "base/text.hpp"
#include "fuzz/fuzz_check.hpp"
#include "ldap/dn.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto name = ldap::Dn::parse(text);
  const auto slowly = ldap::Dn::parse_by_library(text);
  FUZZ_CHECK(name.has_value() == slowly.has_value());
  if (name) {
    FUZZ_CHECK(name->text() == slowly->text() && name->canonical() == slowly->canonical() &&
               name->rdn_value() == slowly->rdn_value());
  }
  if (!name) {
    FUZZ_CHECK(!name.error().message().empty());
    return 0;
  }
  FUZZ_CHECK(is_utf8(name->text()) && is_utf8(name->canonical()));
  FUZZ_CHECK(name->is_within(*name));
  // Escapes may make either longer than what is taken from a stranger.
  if (name->text().size() > 4096 || name->canonical().size() > 4096) return 0;
  const auto again = ldap::Dn::parse(name->text());
  FUZZ_CHECK(again && *again == *name && again->text() == name->text());
  const auto folded = ldap::Dn::parse(name->canonical());
  FUZZ_CHECK(folded && folded->canonical() == name->canonical());
  return 0;
}
