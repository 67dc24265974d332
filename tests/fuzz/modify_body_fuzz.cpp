// The body of POST groups/modify: whatever is sent, it is a change within the limits or a refusal with a reason.
#include <algorithm>

#include "base/text.hpp"
#include "fuzz/fuzz_check.hpp"
#include "proto/membership_change.hpp"
#include "proto/okta_error.hpp"
#include "proto/strict_json.hpp"

using namespace dirbridge;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::as_text(data, size);
  const auto body = proto::parse_modify_body(text);
  if (body) {
    FUZZ_CHECK(is_utf8(text));
    FUZZ_CHECK(!body->group.empty() && body->group.str().size() <= proto::max_id_bytes);
    FUZZ_CHECK(proto::is_attribute_description(body->attribute));
    FUZZ_CHECK(!body->values.empty() && body->values.size() <= proto::max_values);
    auto ids = body->values;
    std::sort(ids.begin(), ids.end());
    FUZZ_CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    FUZZ_CHECK(std::none_of(ids.begin(), ids.end(), [](const UserId& id) { return id.empty(); }));
  } else {
    const auto& error = body.error();
    FUZZ_CHECK(!error.reason.empty());
    FUZZ_CHECK(error.well_formed != error.fields.empty());
    for (const auto& field : error.fields) FUZZ_CHECK(!field.problem.empty() && is_utf8(field.field));
    // The answer a client gets for it is JSON, whatever the fields were called.
    const auto answer = error.well_formed ? proto::validation_failed(error.fields.front().field, {error.reason})
                                          : proto::not_well_formed(error.reason);
    FUZZ_CHECK(proto::parse_json(answer.to_json()).has_value());
  }
  return 0;
}
