// The body of groups/modify: every bad field named at once, in the order of the schema.
#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"
#include "proto/membership_change.hpp"
#include "proto/plain_text.hpp"
#include "proto/strict_json.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::size_t max_named_values = 100;

// Stands where bytes were not UTF-8, so that the field holding them can be named. U+FFFF is no character: text that has
// it anyway is told the same, and only in a body that is refused for real bad bytes elsewhere.
constexpr std::string_view bad_bytes = "\xEF\xBF\xBF";

class BodyReader {
 public:
  BodyReader(bool is_utf8, std::vector<std::string> repeated) : is_utf8_(is_utf8), repeated_(std::move(repeated)) {}

  ModifyBody read(const Json& body) {
    ModifyBody change;
    if (const Json* id = member(body, "id", "id")) change.group = GroupId{text(*id, "id", max_id_bytes)};
    if (const Json* parameters = member(body, "parameters", "parameters")) read_parameters(*parameters, change);
    // What is left was repeated under a key that is not ours.
    for (const auto& place : repeated_) fields_.push_back({place, "appears twice"});
    return change;
  }

  std::vector<BodyError::Field> take_fields() { return std::move(fields_); }

 private:
  void read_parameters(const Json& parameters, ModifyBody& change) {
    if (!parameters.is_object()) return bad("parameters", "must be an object");
    if (const Json* action = member(parameters, "action", "parameters.action")) read_action(*action, change);
    if (const Json* attribute = member(parameters, "attribute", "parameters.attribute")) {
      read_attribute(*attribute, change);
    }
    if (const Json* values = member(parameters, "values", "parameters.values")) read_values(*values, change);
  }

  void read_action(const Json& value, ModifyBody& change) {
    const auto before = fields_.size();
    const auto action = text(value, "parameters.action", max_attribute_bytes);
    if (fields_.size() > before) return;
    if (action == "ADD") {
      change.action = Action::add;
    } else if (action == "REMOVE") {
      change.action = Action::remove;
    } else {
      bad("parameters.action", "must be ADD or REMOVE");
    }
  }

  void read_attribute(const Json& value, ModifyBody& change) {
    const auto before = fields_.size();
    change.attribute = text(value, "parameters.attribute", max_attribute_bytes);
    if (fields_.size() == before && !is_attribute_description(change.attribute)) {
      bad("parameters.attribute", "is not an LDAP attribute description");
    }
  }

  void read_values(const Json& value, ModifyBody& change) {
    const auto* values = value.get_ptr<const Json::array_t*>();
    if (values == nullptr) return bad("parameters.values", "must be an array of user ids");
    if (values->empty()) return bad("parameters.values", "must hold at least one user id");
    if (values->size() > max_values) {
      return bad("parameters.values", "must hold at most " + std::to_string(max_values) + " user ids, got " +
                                          std::to_string(values->size()));
    }
    std::unordered_set<std::string> seen;
    const auto before = fields_.size();
    for (std::size_t i = 0; i < values->size(); ++i) {
      auto id = text((*values)[i], "parameters.values[" + std::to_string(i) + "]", max_id_bytes);
      if (fields_.size() == before + max_named_values && i + 1 < values->size()) {
        return bad("parameters.values", "later values were not examined");
      }
      if (seen.insert(id).second) change.values.emplace_back(std::move(id));
    }
  }

  // The value under `key`, or null after saying that it is missing or was given twice.
  const Json* member(const Json& object, std::string_view key, std::string_view place) {
    if (const auto at = std::find(repeated_.begin(), repeated_.end(), place); at != repeated_.end()) {
      repeated_.erase(std::remove(at, repeated_.end(), place), repeated_.end());
      bad(place, "appears twice");
      return nullptr;
    }
    const auto found = object.find(key);
    if (found != object.end() && !found->is_null()) return &*found;
    bad(place, "is required");
    return nullptr;
  }

  std::string text(const Json& value, std::string_view place, std::size_t max_bytes) {
    const auto* text = value.get_ptr<const std::string*>();
    if (text == nullptr) {
      bad(place, "must be a string");
    } else if (text->empty()) {
      bad(place, "must not be empty");
    } else if (!is_utf8_ && text->find(bad_bytes) != std::string::npos) {
      bad(place, "is not UTF-8");
    } else if (text->size() > max_bytes) {
      bad(place, "must be at most " + std::to_string(max_bytes) + " bytes");
    } else if (has_control(*text)) {
      bad(place, "must not hold control characters");
    } else {
      return *text;
    }
    return {};
  }

  void bad(std::string_view place, std::string problem) { fields_.push_back({std::string{place}, std::move(problem)}); }

  bool is_utf8_;
  std::vector<std::string> repeated_;
  std::vector<BodyError::Field> fields_;
};

}  // namespace

boost::system::result<ModifyBody, BodyError> parse_modify_body(std::string_view json) {
  const auto refuse = [](std::string reason) { return BodyError{false, std::move(reason), {}}; };
  if (json.size() > max_body_bytes) return refuse("larger than " + std::to_string(max_body_bytes) + " bytes");

  if (auto plain = read_plain_body(json)) return std::move(*plain);

  const bool utf8 = is_utf8(json);
  std::string repaired;
  if (!utf8) repaired = repair_utf8(json, bad_bytes);
  const JsonLimits limits{.bytes = 3 * max_body_bytes};  // a repaired byte takes three
  std::vector<std::string> repeated;
  auto body = parse_json(utf8 ? json : repaired, limits, repeated);
  if (!body) return refuse(utf8 ? body.error().message() : "not UTF-8");
  if (!body->is_object()) return refuse("must be a JSON object");

  BodyReader reader{utf8, std::move(repeated)};
  auto change = reader.read(*body);
  auto fields = reader.take_fields();
  if (fields.empty() && !utf8) return refuse("not UTF-8");  // the bad bytes are under a key that is not ours
  if (fields.empty()) return change;
  std::string reason;
  for (std::size_t i = 0; i < fields.size() && i < 5; ++i) {
    reason += (i > 0 ? "; " : "") + fields[i].field + " " + fields[i].problem;
  }
  return BodyError{true, std::move(reason), std::move(fields)};
}

}  // namespace dirbridge::proto
