#include "proto/preview_frame_fields.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::array statuses = {PreviewStatus::told, PreviewStatus::refused, PreviewStatus::unavailable};

PreviewedModify read_modify(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  PreviewedModify modify;
  modify.dn = in.bounded("dn", 1, max_dn_bytes);
  modify.add = in.counter("add");
  modify.remove = in.counter("remove");
  modify.ldif = in.bounded("ldif", 1, max_preview_bytes);
  return modify;
}

}  // namespace

std::string_view to_text(PreviewStatus status) {
  switch (status) {
    case PreviewStatus::told: return "told";
    case PreviewStatus::refused: return "refused";
    case PreviewStatus::unavailable: return "unavailable";
  }
  return "unavailable";
}

HubFrame read_preview(ObjectReader& in) {
  Preview preview;
  preview.preview = in.id<PreviewId>("preview");
  preview.remaining = in.duration("remaining_ms", milliseconds{0});
  preview.request = in.optional_id<RequestId>("request");
  in.value("change", [&](const Json& change, const Place& at) {
    preview.change = read_membership_change(change, at, in.fault());
  });
  return preview;
}

Json to_json_value(const Preview& preview) {
  Json frame = {{"preview", preview.preview.str()},
                {"remaining_ms", to_wire(preview.remaining, milliseconds{0})},
                {"change", to_json_value(preview.change)}};
  if (!preview.request.empty()) frame["request"] = preview.request.str();
  return frame;
}

AgentFrame read_preview_result(ObjectReader& in) {
  PreviewResult answer;
  answer.preview = in.id<PreviewId>("preview");
  answer.status = in.word("status", statuses);
  // The verdicts of values belong to `told`, and to nothing else.
  if (answer.status == PreviewStatus::told)
    in.value("outcome", [&](const Json& value, const Place& place) {
      answer.outcome = read_outcome(value, place, in.fault());
      if (answer.outcome.count() == 0) in.fault().set(Place{place, "count"}, "must be at least 1");
    });
  std::size_t bytes = 0;
  in.array("changes", 0, max_preview_changes, [&](const Json& value, const Place& at) {
    answer.changes.push_back(read_modify(value, at, in.fault()));
    bytes += answer.changes.back().ldif.size();
    if (bytes > max_preview_bytes)
      in.fault().set(at, "the LDIF is more than " + std::to_string(max_preview_bytes) + " bytes");
  });
  answer.unpredicted = in.optional_text("unpredicted");
  answer.code = in.optional_integer("code", 0, 1'000'000);
  answer.reason = in.optional_text("reason");
  return answer;
}

Json to_json_value(const PreviewResult& answer) {
  auto changes = Json::array();
  for (const auto& change : answer.changes)
    changes.push_back({{"dn", change.dn}, {"add", change.add}, {"remove", change.remove}, {"ldif", change.ldif}});
  Json frame = {{"preview", answer.preview.str()}, {"status", to_text(answer.status)}, {"changes", std::move(changes)}};
  if (answer.status == PreviewStatus::told) frame["outcome"] = to_json_value(answer.outcome);
  put_optional(frame, "unpredicted", answer.unpredicted, max_text_bytes);
  if (answer.code != 0) frame["code"] = answer.code;
  put_optional(frame, "reason", answer.reason, max_text_bytes);
  return frame;
}

}  // namespace dirbridge::proto
