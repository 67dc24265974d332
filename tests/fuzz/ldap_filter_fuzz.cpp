// A filter somebody configured, and values that stand in one: whatever they hold, what goes to the server is one
// filter.
#include "fuzz/fuzz_check.hpp"
#include "ldap/filter.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto filter = ldap::Filter::parse(text);
  if (filter) {
    const auto again = ldap::Filter::parse(filter->text());
    FUZZ_CHECK(again && *again == *filter);
  } else {
    FUZZ_CHECK(!filter.error().message().empty());
  }
  if (size > 4096) return 0;
  const auto made = ldap::Filter::and_({ldap::Filter::equality("member", text), ldap::Filter::present("cn")});
  const auto read = ldap::Filter::parse(made.text());
  FUZZ_CHECK(read && *read == made);
  return 0;
}
