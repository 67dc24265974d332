#include "proto/read_frame_fields.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::array statuses = {ReadStatus::found, ReadStatus::gone, ReadStatus::refused, ReadStatus::unavailable};

std::string read_description(const Json& value, const Place& place, Fault& fault) {
  const auto* const text = value.get_ptr<const std::string*>();
  if (text != nullptr && is_attribute_description(*text)) return *text;
  fault.set(place, "must be an attribute description");
  return {};
}

std::string read_value(const Json& value, const Place& place, Fault& fault) {
  const auto* const text = value.get_ptr<const std::string*>();
  if (text != nullptr && text->size() <= max_read_bytes && text->find('\0') == std::string::npos) return *text;
  fault.set(place, "must be a string of at most " + std::to_string(max_read_bytes) + " bytes without NUL");
  return {};
}

ReadAttribute read_attribute_values(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  ReadAttribute attribute;
  in.value("name", [&](const Json& name, const Place& at) { attribute.name = read_description(name, at, fault); });
  in.array("values", 1, max_read_values,
           [&](const Json& text, const Place& at) { attribute.values.push_back(read_value(text, at, fault)); });
  return attribute;
}

}  // namespace

std::string_view to_text(ReadStatus status) {
  switch (status) {
    case ReadStatus::found: return "found";
    case ReadStatus::gone: return "gone";
    case ReadStatus::refused: return "refused";
    case ReadStatus::unavailable: return "unavailable";
  }
  return "unavailable";
}

HubFrame read_read(ObjectReader& in) {
  Read read;
  read.read = in.id<ReadId>("read");
  read.remaining = in.duration("remaining_ms", milliseconds{0});
  read.request = in.optional_id<RequestId>("request");
  read.dn = in.bounded("dn", 1, max_dn_bytes);
  read.stable_id = in.optional_name("stable_id");
  in.array("attributes", 1, max_read_attributes, [&](const Json& value, const Place& at) {
    read.attributes.push_back(read_description(value, at, in.fault()));
  });
  return read;
}

Json to_json_value(const Read& read) {
  Json frame = {{"read", read.read.str()},
                {"remaining_ms", to_wire(read.remaining, milliseconds{0})},
                {"dn", read.dn},
                {"attributes", read.attributes}};
  if (!read.request.empty()) frame["request"] = read.request.str();
  put_optional(frame, "stable_id", read.stable_id, max_name_bytes);
  return frame;
}

AgentFrame read_read_result(ObjectReader& in) {
  ReadResult answer;
  answer.read = in.id<ReadId>("read");
  answer.status = in.word("status", statuses);
  answer.code = in.optional_integer("code", 0, 1'000'000);
  answer.reason = in.optional_text("reason");
  std::size_t bytes = 0;
  in.array("attributes", 0, max_read_attributes, [&](const Json& value, const Place& at) {
    answer.attributes.push_back(read_attribute_values(value, at, in.fault()));
    for (const auto& text : answer.attributes.back().values) bytes += text.size();
    if (bytes > max_read_bytes)
      in.fault().set(at, "the values are more than " + std::to_string(max_read_bytes) + " bytes");
  });
  return answer;
}

Json to_json_value(const ReadResult& answer) {
  auto attributes = Json::array();
  for (const auto& attribute : answer.attributes)
    attributes.push_back({{"name", attribute.name}, {"values", attribute.values}});
  Json frame = {{"read", answer.read.str()}, {"status", to_text(answer.status)}, {"attributes", std::move(attributes)}};
  if (answer.code != 0) frame["code"] = answer.code;
  put_optional(frame, "reason", answer.reason, max_text_bytes);
  return frame;
}

}  // namespace dirbridge::proto
