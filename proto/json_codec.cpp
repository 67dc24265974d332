#include "proto/json_codec.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <unordered_set>

#include "proto/utf8.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::array verdicts = {Verdict::applied,   Verdict::already, Verdict::refused,
                                 Verdict::retryable, Verdict::unknown, Verdict::not_sent};
constexpr std::array evidences = {Evidence::none, Evidence::result, Evidence::read_back};
constexpr std::array actions = {Action::add, Action::remove};

void put_optional(Json& object, const char* key, std::string_view text, std::size_t max_bytes) {
  if (!text.empty()) object[key] = clip(text, max_bytes);
}

Json to_json_value(const Finding& finding) {
  Json value = {{"verdict", to_text(finding.verdict)}};
  if (finding.evidence != Evidence::none) value["evidence"] = to_text(finding.evidence);
  if (finding.code != 0) value["code"] = finding.code;
  put_optional(value, "diagnostic", finding.diagnostic, max_text_bytes);
  put_optional(value, "advice", finding.advice, max_text_bytes);
  auto& ranges = value["values"] = Json::array();
  for (const auto& range : finding.values) ranges.push_back(Json::array({range.first, range.last}));
  return value;
}

Finding::Range read_range(const Json& value, const Place& place, Fault& fault) {
  const auto is_index = [](const Json& number) {
    return number.is_number_unsigned() && number.get<std::uint64_t>() < max_values;
  };
  if (value.is_array() && value.size() == 2 && is_index(value[0]) && is_index(value[1])) {
    return {value[0].get<std::uint32_t>(), value[1].get<std::uint32_t>()};
  }
  fault.set(place, "must be [first, last], two indices below " + std::to_string(max_values));
  return {};
}

Finding read_finding(const Json& value, const Place& place, std::size_t count, Fault& fault) {
  ObjectReader in{value, place, fault};
  Finding finding;
  finding.verdict = in.word("verdict", verdicts);
  finding.evidence = in.optional_word("evidence", evidences);
  // LDAP result codes; libldap's own are negative.
  finding.code = static_cast<int>(in.optional_integer("code", -1000, std::numeric_limits<std::int32_t>::max()));
  finding.diagnostic = in.optional_text("diagnostic");
  finding.advice = in.optional_text("advice");
  in.array("values", 1, std::max<std::size_t>(count, 1),
           [&](const Json& range, const Place& at) { finding.values.push_back(read_range(range, at, fault)); });
  return finding;
}

Json to_json_value(const ObjectRef& object) {
  Json value = {{"id", object.id}, {"dn", object.dn}};
  put_optional(value, "stable_id", object.stable_id, max_name_bytes);
  return value;
}

ObjectRef read_object_ref(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  ObjectRef object;
  object.id = in.token("id");
  object.dn = in.bounded("dn", 1, max_dn_bytes);
  object.stable_id = in.optional_name("stable_id");
  return object;
}

std::string read_attribute(ObjectReader& in) {
  auto attribute = in.bounded("attribute", 1, max_attribute_bytes);
  if (!attribute.empty() && !is_attribute_description(attribute)) {
    in.fault().set(Place{in.place(), "attribute"}, "must be an attribute description");
  }
  return attribute;
}

template <class T>
result<T> whole(T (*read)(const Json&, const Place&, Fault&), const Json& value) {
  Fault fault;
  const Place root{""};
  T object = read(value, root, fault);
  if (fault.error) return std::move(*fault.error);
  return object;
}

}  // namespace

std::string dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json to_json_value(const Outcome& outcome) {
  auto findings = Json::array();
  for (const auto& finding : outcome.findings()) findings.push_back(to_json_value(finding));
  return {{"count", outcome.count()}, {"findings", std::move(findings)}};
}

Outcome read_outcome(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  const auto count = static_cast<std::size_t>(in.integer("count", 0, max_values));
  std::vector<Finding> findings;
  in.array("findings", 0, count,
           [&](const Json& finding, const Place& at) { findings.push_back(read_finding(finding, at, count, fault)); });
  if (!in.ok()) return {};
  auto outcome = Outcome::make(std::move(findings), count);
  if (outcome) return std::move(*outcome);
  fault.set(Place{place, "findings"}, outcome.error().message());
  return {};
}

Json to_json_value(const MembershipChange& change) {
  auto members = Json::array();
  for (const auto& member : change.members) members.push_back(to_json_value(member));
  return {{"group", to_json_value(change.group)},
          {"action", to_text(change.action)},
          {"attribute", change.attribute},
          {"members", std::move(members)}};
}

MembershipChange read_membership_change(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  MembershipChange change;
  in.value("group", [&](const Json& group, const Place& at) { change.group = read_object_ref(group, at, fault); });
  change.action = in.word("action", actions);
  change.attribute = read_attribute(in);
  in.array("members", 1, max_values,
           [&](const Json& member, const Place& at) { change.members.push_back(read_object_ref(member, at, fault)); });
  if (!in.ok()) return change;
  std::unordered_set<std::string_view> ids;
  ids.reserve(change.members.size());
  const Place members{place, "members"};
  for (std::size_t i = 0; i < change.members.size(); ++i) {
    if (!ids.insert(change.members[i].id).second) fault.set(Place{members, i}, "is there twice");
  }
  return change;
}

Json to_json_value(const ImportedUser& user) {
  Json value = {
      {"stable_id", user.stable_id}, {"dn", user.dn}, {"key", user.key}, {"login", clip(user.login, max_name_bytes)}};
  put_optional(value, "email", user.email, max_name_bytes);
  put_optional(value, "first_name", user.first_name, max_name_bytes);
  put_optional(value, "last_name", user.last_name, max_name_bytes);
  put_optional(value, "display_name", user.display_name, max_name_bytes);
  put_optional(value, "sam_account_name", user.sam_account_name, max_name_bytes);
  put_optional(value, "upn", user.upn, max_name_bytes);
  put_optional(value, "object_sid", user.object_sid, max_name_bytes);
  return value;
}

ImportedUser read_imported_user(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  ImportedUser user;
  user.stable_id = in.name("stable_id");
  user.dn = in.bounded("dn", 1, max_dn_bytes);
  user.key = in.bounded("key", 1, max_dn_bytes);
  user.login = in.name("login");
  user.email = in.optional_name("email");
  user.first_name = in.optional_name("first_name");
  user.last_name = in.optional_name("last_name");
  user.display_name = in.optional_name("display_name");
  user.sam_account_name = in.optional_name("sam_account_name");
  user.upn = in.optional_name("upn");
  user.object_sid = in.optional_name("object_sid");
  return user;
}

Json to_json_value(const ImportedGroup& group) {
  Json value = {{"stable_id", group.stable_id},
                {"dn", group.dn},
                {"key", group.key},
                {"name", clip(group.name, max_name_bytes)},
                {"attribute", group.attribute},
                {"object_class", clip(group.object_class, max_name_bytes)},
                {"member_keys", group.member_keys}};
  put_optional(value, "description", group.description, max_text_bytes);
  put_optional(value, "sam_account_name", group.sam_account_name, max_name_bytes);
  put_optional(value, "object_sid", group.object_sid, max_name_bytes);
  put_optional(value, "domain", group.domain, max_name_bytes);
  put_optional(value, "group_type", to_text(group.type), max_name_bytes);
  put_optional(value, "group_scope", to_text(group.scope), max_name_bytes);
  return value;
}

ImportedGroup read_imported_group(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  ImportedGroup group;
  group.stable_id = in.name("stable_id");
  group.dn = in.bounded("dn", 1, max_dn_bytes);
  group.key = in.bounded("key", 1, max_dn_bytes);
  group.name = in.name("name");
  group.description = in.optional_text("description");
  group.attribute = read_attribute(in);
  group.object_class = in.name("object_class");
  group.sam_account_name = in.optional_name("sam_account_name");
  group.object_sid = in.optional_name("object_sid");
  group.domain = in.optional_name("domain");
  if (in.has("group_type")) group.type = in.word("group_type", group_types);
  if (in.has("group_scope")) group.scope = in.word("group_scope", group_scopes);
  in.array("member_keys", 0, max_member_keys, [&](const Json& key, const Place& at) {
    const auto* const text = key.get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > max_dn_bytes || text->find('\0') != std::string::npos) {
      return fault.set(at, "must be a string of 1 to " + std::to_string(max_dn_bytes) + " bytes without NUL");
    }
    group.member_keys.push_back(*text);
  });
  return group;
}

result<Outcome> outcome_from_json(const Json& value) { return whole(&read_outcome, value); }
result<MembershipChange> membership_change_from_json(const Json& value) {
  return whole(&read_membership_change, value);
}
result<ImportedUser> imported_user_from_json(const Json& value) { return whole(&read_imported_user, value); }
result<ImportedGroup> imported_group_from_json(const Json& value) { return whole(&read_imported_group, value); }

}  // namespace dirbridge::proto
