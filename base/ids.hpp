// Strong identifiers: a GroupId is not a UserId, and the compiler knows.
#pragma once
#include <compare>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace dirbridge {

// An opaque, ordered, hashable string of one kind. Empty means "none".
template <class Tag>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  const std::string& str() const { return text_; }
  bool empty() const { return text_.empty(); }
  friend auto operator<=>(const Id&, const Id&) = default;
  friend bool operator==(const Id&, const Id&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text_; }

 private:
  std::string text_;
};

// Prefixes are Okta's own (contract B5): 20 characters, three of them the prefix.
using DirectoryId = Id<struct DirectoryTag>;  // 0oa…, the app instance
using GroupId = Id<struct GroupTag>;          // 00g…
using UserId = Id<struct UserTag>;            // 00u…
using AgentId = Id<struct AgentTag>;          // a53…
using JobId = Id<struct JobTag>;              // ADS…
using TokenId = Id<struct TokenTag>;          // 00T…
using ClientId = Id<struct ClientTag>;        // 0oa…, an OAuth service app
using ImportId = Id<struct ImportTag>;        // imp…
using RequestId = Id<struct RequestTag>;      // X-Okta-Request-Id: 32 lower-case hex, the correlation id

// `prefix` followed by `length - prefix.size()` random characters of [A-Za-z0-9], from the system's CSPRNG.
std::string random_id(std::string_view prefix, std::size_t length = 20);
template <class AnyId>
AnyId new_id(std::string_view prefix) {
  return AnyId{random_id(prefix)};
}
// 32 lower-case hexadecimal digits.
RequestId new_request_id();

}  // namespace dirbridge

template <class Tag>
struct std::hash<dirbridge::Id<Tag>> {
  std::size_t operator()(const dirbridge::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.str()); }
};
