// Frames the hub sends.
#include "proto/plain_text.hpp"
#include "proto/preview_frame_fields.hpp"
#include "proto/read_frame_fields.hpp"

namespace dirbridge::proto {

HubFrame::HubFrame() = default;
HubFrame::HubFrame(const HubFrame&) = default;
HubFrame::HubFrame(HubFrame&&) noexcept = default;
HubFrame& HubFrame::operator=(const HubFrame&) = default;
HubFrame& HubFrame::operator=(HubFrame&&) noexcept = default;
HubFrame::~HubFrame() = default;

namespace {

constexpr std::size_t nonce_bytes = 32;
constexpr milliseconds shortest{1};  // a period or a lease of 0 would make its reader spin
constexpr std::array statuses = {ReportStatus::accepted, ReportStatus::late, ReportStatus::stale};

std::int64_t read_at(ObjectReader& in) { return in.integer("at", 0, max_integer); }

HubFrame read_challenge(ObjectReader& in) { return Challenge{in.base64url("nonce", nonce_bytes)}; }

HubFrame read_enrolled(ObjectReader& in) {
  Enrolled enrolled;
  enrolled.agent = in.id<AgentId>("agent");
  enrolled.directory = in.id<DirectoryId>("directory");
  return enrolled;
}

HubFrame read_welcome(ObjectReader& in) {
  Welcome welcome;
  welcome.directory = in.id<DirectoryId>("directory");
  welcome.epoch = in.counter("epoch");
  welcome.at = read_at(in);
  welcome.heartbeat = in.duration("heartbeat_ms", shortest);
  welcome.silence = in.duration("silence_ms", shortest);
  return welcome;
}

DeliveredJob read_delivered(const Json& value, const Place& place, Fault& fault) {
  ObjectReader in{value, place, fault};
  DeliveredJob job;
  job.job = in.id<JobId>("job");
  job.lease = read_fence(in, "lease");
  job.delivery = static_cast<int>(in.integer("delivery", 1, 1'000'000));
  job.reconcile = in.boolean("reconcile");
  job.lease_time = in.duration("lease_ms", shortest);
  job.remaining = in.duration("remaining_ms", milliseconds{0});
  job.request = in.optional_id<RequestId>("request");
  in.value("change",
           [&](const Json& change, const Place& at) { job.change = read_membership_change(change, at, fault); });
  return job;
}

HubFrame read_jobs(ObjectReader& in) {
  Jobs frame;
  frame.poll = in.counter("poll");
  frame.at = read_at(in);
  in.array("jobs", 0, max_credit,
           [&](const Json& job, const Place& place) { frame.jobs.push_back(read_delivered(job, place, in.fault())); });
  return frame;
}

HubFrame read_cancel(ObjectReader& in) {
  Cancel cancel;
  cancel.job = in.id<JobId>("job");
  cancel.lease = read_fence(in, "lease");
  cancel.reason = in.optional_name("reason");
  return cancel;
}

HubFrame read_report_ack(ObjectReader& in) {
  ReportAck ack;
  ack.lease = read_fence(in, "lease");
  ack.status = in.word("status", statuses);
  return ack;
}

HubFrame read_heartbeat_ack(ObjectReader& in) {
  HeartbeatAck ack;
  ack.sent = in.integer("sent", -max_integer, max_integer);
  ack.at = read_at(in);
  return ack;
}

HubFrame read_open_jobs_ack(ObjectReader& in) {
  OpenJobsAck ack;
  ack.keep = read_fences(in, "keep");
  ack.drop = read_fences(in, "drop");
  return ack;
}

HubFrame read_import_request(ObjectReader& in) {
  ImportRequest request;
  request.import = in.id<ImportId>("import");
  request.request = in.optional_id<RequestId>("request");
  return request;
}

HubFrame read_import_ack(ObjectReader& in) {
  ImportAck ack;
  ack.import = in.id<ImportId>("import");
  ack.sequence = in.counter("sequence");
  return ack;
}

HubFrame read_go_away(ObjectReader& in) {
  GoAway go_away;
  go_away.reason = in.optional_text("reason");
  go_away.final = in.boolean("final");
  go_away.retry_after = in.duration("retry_after_ms", milliseconds{0});
  return go_away;
}

constexpr std::array<FrameKind<HubFrame>, std::variant_size_v<AnyHubFrame>> kinds = {{
    {"challenge", &read_challenge},
    {"enrolled", &read_enrolled},
    {"welcome", &read_welcome},
    {"jobs", &read_jobs},
    {"cancel", &read_cancel},
    {"report_ack", &read_report_ack},
    {"heartbeat_ack", &read_heartbeat_ack},
    {"open_jobs_ack", &read_open_jobs_ack},
    {"import_request", &read_import_request},
    {"import_ack", &read_import_ack},
    {"go_away", &read_go_away},
    {"read", &read_read},
    {"preview", &read_preview},
}};  // in the order of the variant: see frame_type()

// Without the change.
Json to_json_value(const DeliveredJob& job) {
  Json value = {{"job", job.job.str()},
                {"lease", to_text(job.lease)},
                {"delivery", job.delivery},
                {"reconcile", job.reconcile},
                {"lease_ms", to_wire(job.lease_time, shortest)},
                {"remaining_ms", to_wire(job.remaining, milliseconds{0})}};
  if (!job.request.empty()) value["request"] = job.request.str();
  return value;
}

// The one frame that can be large: without a document of it.
std::string to_text(const Jobs& frame) {
  auto out = "{\"at\":" + std::to_string(frame.at) + ",\"jobs\":[";
  for (const auto& job : frame.jobs) {
    out += out.back() == '[' ? "{\"change\":" : ",{\"change\":";
    out += job.change.text();
    out += ',';
    out.append(dump(to_json_value(job)), 1);
  }
  return out + "],\"poll\":" + std::to_string(frame.poll) + ",\"type\":\"jobs\"}";
}

struct Writer {
  Json operator()(const Challenge& challenge) const { return {{"nonce", challenge.nonce}}; }
  Json operator()(const Enrolled& enrolled) const {
    return {{"agent", enrolled.agent.str()}, {"directory", enrolled.directory.str()}};
  }
  Json operator()(const Welcome& welcome) const {
    return {{"directory", welcome.directory.str()},
            {"epoch", welcome.epoch},
            {"at", welcome.at},
            {"heartbeat_ms", to_wire(welcome.heartbeat, shortest)},
            {"silence_ms", to_wire(welcome.silence, shortest)}};
  }
  Json operator()(const Jobs&) const { return Json::object(); }  // see to_text()
  Json operator()(const Cancel& cancel) const {
    Json frame = {{"job", cancel.job.str()}, {"lease", to_text(cancel.lease)}};
    put_optional(frame, "reason", cancel.reason, max_name_bytes);
    return frame;
  }
  Json operator()(const ReportAck& ack) const {
    return {{"lease", to_text(ack.lease)}, {"status", to_text(ack.status)}};
  }
  Json operator()(const HeartbeatAck& ack) const { return {{"sent", ack.sent}, {"at", ack.at}}; }
  Json operator()(const OpenJobsAck& ack) const {
    return {{"keep", to_json_value(ack.keep)}, {"drop", to_json_value(ack.drop)}};
  }
  Json operator()(const ImportRequest& request) const {
    Json frame = {{"import", request.import.str()}};
    if (!request.request.empty()) frame["request"] = request.request.str();
    return frame;
  }
  Json operator()(const ImportAck& ack) const { return {{"import", ack.import.str()}, {"sequence", ack.sequence}}; }
  Json operator()(const Read& read) const { return to_json_value(read); }
  Json operator()(const Preview& preview) const { return to_json_value(preview); }
  Json operator()(const GoAway& go_away) const {
    Json frame = {{"final", go_away.final}, {"retry_after_ms", to_wire(go_away.retry_after, milliseconds{0})}};
    put_optional(frame, "reason", go_away.reason, max_text_bytes);
    return frame;
  }
};

}  // namespace

result<HubFrame> parse_hub_frame(std::string_view text) {
  if (auto jobs = read_plain_jobs(text)) return HubFrame{std::move(*jobs)};
  return parse_frame(text, kinds);
}

std::string_view frame_type(const HubFrame& frame) { return kinds[frame.index()].type; }

std::string to_json(const HubFrame& frame) {
  if (const auto* jobs = std::get_if<Jobs>(&frame)) return to_text(*jobs);
  auto value = std::visit(Writer{}, frame);
  value["type"] = frame_type(frame);
  return dump(value);
}

}  // namespace dirbridge::proto
