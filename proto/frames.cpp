#include "proto/frames.hpp"

#include <charconv>

#include "proto/frame_fields.hpp"

namespace dirbridge::proto {
namespace {

bool read_number(std::string_view text, std::uint64_t& number) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return false;  // one spelling for each fence
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string to_text(const Fence& fence) { return std::to_string(fence.epoch) + '.' + std::to_string(fence.counter); }

result<Fence> parse_fence(std::string_view text) {
  Fence fence;
  const auto dot = text.find('.');
  if (dot == text.npos || !read_number(text.substr(0, dot), fence.epoch) ||
      !read_number(text.substr(dot + 1), fence.counter)) {
    return Error{errc::malformed, "a fence is two decimal numbers, \"epoch.counter\""};
  }
  return fence;
}

std::string_view to_text(Holding state) { return state == Holding::waiting ? "waiting" : "sent"; }

std::string_view to_text(ReportStatus status) {
  switch (status) {
    case ReportStatus::accepted: return "accepted";
    case ReportStatus::late: return "late";
    case ReportStatus::stale: return "stale";
  }
  return "stale";
}

std::string challenge_text(std::string_view nonce, const AgentId& agent, std::string_view instance) {
  std::string text{subprotocol};
  return text.append(" proof\n").append(nonce).append("\n").append(agent.str()).append("\n").append(instance);
}

Fence read_fence(const Json& value, const Place& place, Fault& fault) {
  const auto* const text = value.get_ptr<const std::string*>();
  const auto fence = text != nullptr ? parse_fence(*text) : result<Fence>{Error{errc::malformed}};
  if (fence) return *fence;
  fault.set(place, "must be a fence, two decimal numbers as \"3.17\"");
  return {};
}

Fence read_fence(ObjectReader& in, std::string_view key) {
  Fence fence;
  in.value(key, [&](const Json& value, const Place& place) { fence = read_fence(value, place, in.fault()); });
  return fence;
}

std::vector<Fence> read_fences(ObjectReader& in, std::string_view key) {
  std::vector<Fence> fences;
  in.array(key, 0, max_held,
           [&](const Json& value, const Place& place) { fences.push_back(read_fence(value, place, in.fault())); });
  return fences;
}

Json to_json_value(const std::vector<Fence>& fences) {
  auto array = Json::array();
  for (const auto& fence : fences) array.push_back(to_text(fence));
  return array;
}

result<TypedDocument> parse_typed(std::string_view text) {
  auto value = parse_json(text, {.bytes = max_frame_bytes});
  if (!value) return value.error();
  if (!value->is_object()) return Error{errc::malformed, "a frame must be a JSON object"};
  const auto found = value->find("type");
  if (found == value->end()) return Error{errc::malformed, "type: is missing"};
  const auto* const type = found->get_ptr<const std::string*>();
  if (type == nullptr) return Error{errc::malformed, "type: must be a string"};
  std::string word = *type;
  return TypedDocument{std::move(*value), std::move(word)};
}

}  // namespace dirbridge::proto
