// A filter from a stranger: read within the limits and answered about any object, or refused with a reason.
#include "base/text.hpp"
#include "fuzz/fuzz_check.hpp"
#include "hub/filter/expression.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto object = nlohmann::json::parse(
      R"({"id":"00g1","type":"APP_GROUP","created":"2024-01-01T00:00:00.000Z","objectClass":["a","b"],"n":3,
          "profile":{"name":"West","description":null},"source":{"id":"0oa1"},"target":[{"id":"a"},{"id":"b"}]})");
  const auto text = fuzz::as_text(data, size);
  const auto filter = hub::filter::Expression::parse(text);
  if (!filter) {
    FUZZ_CHECK(!filter.error().message().empty());
    FUZZ_CHECK(is_utf8(filter.error().message()));
    return 0;
  }
  FUZZ_CHECK(text.size() <= hub::filter::max_bytes);
  FUZZ_CHECK(!filter->terms().empty() && filter->terms().size() <= hub::filter::max_terms);
  const bool matched = filter->matches(object);
  filter->matches(nlohmann::json{});
  // What is denied twice holds again.
  const auto denied = hub::filter::Expression::parse("not (" + std::string{text} + ")");
  if (denied) FUZZ_CHECK(denied->matches(object) != matched);
  return 0;
}
