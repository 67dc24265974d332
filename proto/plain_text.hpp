// The largest of our own texts, a change with thousands of members, written and read without a document in between.
//
// Nothing here has a form or rules of its own. What is written is what dump() writes of to_json_value(); what is read
// is the form that the hub writes, letter by letter, or that Okta's SDKs write, and is read as it is read as a
// document. Whatever differs from it in anything (another order of keys, an unusual escape, a value out of its bounds)
// is not read here at all: the reader of documents has the last word, and finds the words for what is wrong.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "proto/frames.hpp"

namespace dirbridge::proto {

// Appends `text` as a JSON string, repaired as dump() does it.
void append_text(std::string& out, std::string_view text);
// Appends dump(to_json_value(change)).
void append_text(std::string& out, const MembershipChange& change);

// The frame `jobs`. nullopt: not that frame, or not as simple as that.
std::optional<Jobs> read_plain_jobs(std::string_view text);
// The body of groups/modify, blanks between its parts allowed. nullopt: not that, or not as simple as that.
std::optional<ModifyBody> read_plain_body(std::string_view text);

}  // namespace dirbridge::proto
