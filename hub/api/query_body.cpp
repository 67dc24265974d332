#include "hub/api/query_body.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "proto/membership_change.hpp"
#include "proto/read_frames.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::hub::api {
namespace {

// RFC 4519 2.17 and 2.40; MS-ADA2 memberOf. Whole lists of members, which no profile has room for.
constexpr std::array<std::string_view, 6> restricted = {
    "member", "2.5.4.31", "memberOf", "1.2.840.113556.1.2.102", "uniqueMember", "2.5.4.50"};

std::string problem_of(const nlohmann::json& value, std::string_view members) {
  const auto* const name = value.get_ptr<const std::string*>();
  if (name == nullptr) return "must be a string";
  if (*name == "*" || *name == "+") return "`" + *name + "` is restricted; name each attribute";
  if (!proto::is_attribute_description(*name)) return "is not an LDAP attribute description";
  const auto type = std::string_view{*name}.substr(0, name->find(';'));
  const bool is_members = equals_ignore_case(type, members);
  if (is_members || std::ranges::any_of(restricted, [&](auto word) { return equals_ignore_case(type, word); }))
    return "`" + *name + "` is restricted; list members with /api/v1/groups/{groupId}/users";
  return {};
}

}  // namespace

boost::system::result<std::vector<std::string>, proto::OktaError> parse_query_body(std::string_view body,
                                                                                   std::string_view members) {
  constexpr std::size_t max_bytes = 64 << 10;
  const auto json = proto::parse_json(body, {.bytes = max_bytes});
  if (!json) return proto::not_well_formed(json.error().message());
  if (!json->is_object()) return proto::not_well_formed("must be a JSON object");
  const auto refuse = [](std::string cause) { return proto::validation_failed("attributes", {std::move(cause)}); };
  const auto found = json->find("attributes");
  if (found == json->end() || found->is_null()) return refuse("attributes: is required");
  if (!found->is_array()) return refuse("attributes: must be an array of attribute names");
  if (found->empty()) return refuse("attributes: must hold at least one attribute");
  if (found->size() > proto::max_read_attributes)
    return refuse("attributes: must hold at most " + std::to_string(proto::max_read_attributes) + " attributes");
  std::vector<std::string> names;
  std::vector<std::string> causes;
  for (std::size_t i = 0; i < found->size(); ++i) {
    auto problem = problem_of((*found)[i], members);
    if (!problem.empty()) {
      causes.push_back("attributes[" + std::to_string(i) + "]: " + std::move(problem));
      continue;
    }
    const auto& name = (*found)[i].get_ref<const std::string&>();
    if (std::ranges::none_of(names, [&](const auto& has) { return equals_ignore_case(has, name); }))
      names.push_back(name);
  }
  if (!causes.empty()) return proto::validation_failed("attributes", std::move(causes));
  return names;
}

}  // namespace dirbridge::hub::api
