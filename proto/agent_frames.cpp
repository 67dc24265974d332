// Frames an agent sends.
#include "proto/preview_frame_fields.hpp"
#include "proto/read_frame_fields.hpp"

namespace dirbridge::proto {

AgentFrame::AgentFrame() = default;
AgentFrame::AgentFrame(const AgentFrame&) = default;
AgentFrame::AgentFrame(AgentFrame&&) noexcept = default;
AgentFrame& AgentFrame::operator=(const AgentFrame&) = default;
AgentFrame& AgentFrame::operator=(AgentFrame&&) noexcept = default;
AgentFrame::~AgentFrame() = default;

namespace {

constexpr std::size_t public_key_bytes = 32;  // Ed25519, RFC 8032
constexpr std::size_t signature_bytes = 64;
constexpr std::array holdings = {Holding::waiting, Holding::sent};
constexpr std::array directory_kinds = {DirectoryKind::ldap, DirectoryKind::active_directory};

AgentFrame read_hello(ObjectReader& in) {
  Hello hello;
  hello.version = static_cast<int>(in.integer("version", 1, 1'000'000));
  hello.agent = in.optional_id<AgentId>("agent");
  hello.enrol_code = in.optional_name("enrol_code");
  if (in.has("public_key")) hello.public_key = in.base64url("public_key", public_key_bytes);
  hello.name = in.name("name");
  hello.software = in.name("software");
  hello.instance = in.token("instance");
  const bool enrols = hello.agent.empty() && !hello.enrol_code.empty() && !hello.public_key.empty();
  const bool returns = !hello.agent.empty() && hello.enrol_code.empty() && hello.public_key.empty();
  if (!enrols && !returns) in.fault().set(in.place(), "needs either agent, or enrol_code and public_key");
  return hello;
}

AgentFrame read_proof(ObjectReader& in) { return Proof{in.base64url("signature", signature_bytes)}; }

AgentFrame read_open_jobs(ObjectReader& in) {
  OpenJobs frame;
  in.array("jobs", 0, max_held, [&](const Json& value, const Place& place) {
    ObjectReader job{value, place, in.fault()};
    OpenJobs::Held held;
    held.job = job.id<JobId>("job");
    held.lease = read_fence(job, "lease");
    held.state = job.word("state", holdings);
    frame.jobs.push_back(std::move(held));
  });
  return frame;
}

AgentFrame read_poll(ObjectReader& in) {
  Poll poll;
  poll.poll = in.counter("poll");
  poll.credit = static_cast<std::uint32_t>(in.integer("credit", 1, max_credit));
  poll.wait = in.duration("wait_ms", milliseconds{0}, max_poll_wait);
  return poll;
}

AgentFrame read_report(ObjectReader& in) {
  Report report;
  report.job = in.id<JobId>("job");
  report.lease = read_fence(in, "lease");
  report.final = in.boolean("final");
  in.value("outcome", [&](const Json& value, const Place& place) {
    report.outcome = read_outcome(value, place, in.fault());
    if (report.outcome.count() == 0) in.fault().set(Place{place, "count"}, "must be at least 1");
  });
  report.took = in.duration("took_ms", milliseconds{0});
  report.operation = in.optional_text("operation");
  return report;
}

AgentFrame read_renew(ObjectReader& in) { return Renew{read_fences(in, "leases")}; }

AgentFrame read_heartbeat(ObjectReader& in) {
  Heartbeat heartbeat;
  heartbeat.sent = in.integer("sent", -max_integer, max_integer);
  heartbeat.directory_state = in.token("directory_state");
  heartbeat.directory_detail = in.optional_text("directory_detail");
  return heartbeat;
}

AgentFrame read_import_begin(ObjectReader& in) {
  ImportBegin begin;
  begin.import = in.id<ImportId>("import");
  begin.requested_by = in.optional_token("requested_by");
  if (in.has("kind")) begin.kind = in.word("kind", directory_kinds);
  return begin;
}

AgentFrame read_import_batch(ObjectReader& in) {
  ImportBatch batch;
  batch.import = in.id<ImportId>("import");
  batch.sequence = in.counter("sequence");
  in.array("users", 0, max_import_batch, [&](const Json& user, const Place& place) {
    batch.users.push_back(read_imported_user(user, place, in.fault()));
  });
  // The limit is on both together.
  in.array("groups", 0, max_import_batch - batch.users.size(), [&](const Json& group, const Place& place) {
    batch.groups.push_back(read_imported_group(group, place, in.fault()));
  });
  return batch;
}

AgentFrame read_import_end(ObjectReader& in) {
  ImportEnd end;
  end.import = in.id<ImportId>("import");
  end.users = in.counter("users");
  end.groups = in.counter("groups");
  return end;
}

AgentFrame read_import_failed(ObjectReader& in) {
  ImportFailed failed;
  failed.import = in.id<ImportId>("import");
  failed.reason = in.optional_text("reason");
  return failed;
}

constexpr std::array<FrameKind<AgentFrame>, std::variant_size_v<AnyAgentFrame>> kinds = {{
    {"hello", &read_hello},
    {"proof", &read_proof},
    {"open_jobs", &read_open_jobs},
    {"poll", &read_poll},
    {"report", &read_report},
    {"renew", &read_renew},
    {"heartbeat", &read_heartbeat},
    {"import_begin", &read_import_begin},
    {"import_batch", &read_import_batch},
    {"import_end", &read_import_end},
    {"import_failed", &read_import_failed},
    {"read_result", &read_read_result},
    {"preview_result", &read_preview_result},
}};  // in the order of the variant: see frame_type()

struct Writer {
  Json operator()(const Hello& hello) const {
    Json frame = {{"version", hello.version},
                  {"name", clip(hello.name, max_name_bytes)},
                  {"software", clip(hello.software, max_name_bytes)},
                  {"instance", hello.instance}};
    if (!hello.agent.empty()) frame["agent"] = hello.agent.str();
    if (!hello.enrol_code.empty()) frame["enrol_code"] = hello.enrol_code;
    if (!hello.public_key.empty()) frame["public_key"] = hello.public_key;
    return frame;
  }
  Json operator()(const Proof& proof) const { return {{"signature", proof.signature}}; }
  Json operator()(const OpenJobs& frame) const {
    auto jobs = Json::array();
    for (const auto& held : frame.jobs) {
      jobs.push_back({{"job", held.job.str()}, {"lease", to_text(held.lease)}, {"state", to_text(held.state)}});
    }
    return {{"jobs", std::move(jobs)}};
  }
  Json operator()(const Poll& poll) const {
    return {
        {"poll", poll.poll}, {"credit", poll.credit}, {"wait_ms", to_wire(poll.wait, milliseconds{0}, max_poll_wait)}};
  }
  Json operator()(const Report& report) const {
    Json frame = {{"job", report.job.str()},
                  {"lease", to_text(report.lease)},
                  {"final", report.final},
                  {"outcome", to_json_value(report.outcome)},
                  {"took_ms", to_wire(report.took, milliseconds{0})}};
    put_optional(frame, "operation", report.operation, max_text_bytes);
    return frame;
  }
  Json operator()(const Renew& renew) const { return {{"leases", to_json_value(renew.leases)}}; }
  Json operator()(const Heartbeat& heartbeat) const {
    Json frame = {{"sent", heartbeat.sent}, {"directory_state", heartbeat.directory_state}};
    put_optional(frame, "directory_detail", heartbeat.directory_detail, max_text_bytes);
    return frame;
  }
  Json operator()(const ImportBegin& begin) const {
    Json frame = {{"import", begin.import.str()}};
    put_optional(frame, "requested_by", begin.requested_by, max_id_bytes);
    if (begin.kind != DirectoryKind::unsaid) frame["kind"] = to_text(begin.kind);
    return frame;
  }
  Json operator()(const ImportBatch& batch) const {
    auto users = Json::array();
    for (const auto& user : batch.users) users.push_back(to_json_value(user));
    auto groups = Json::array();
    for (const auto& group : batch.groups) groups.push_back(to_json_value(group));
    return {{"import", batch.import.str()},
            {"sequence", batch.sequence},
            {"users", std::move(users)},
            {"groups", std::move(groups)}};
  }
  Json operator()(const ImportEnd& end) const {
    return {{"import", end.import.str()}, {"users", end.users}, {"groups", end.groups}};
  }
  Json operator()(const ReadResult& answer) const { return to_json_value(answer); }
  Json operator()(const PreviewResult& answer) const { return to_json_value(answer); }
  Json operator()(const ImportFailed& failed) const {
    Json frame = {{"import", failed.import.str()}};
    put_optional(frame, "reason", failed.reason, max_text_bytes);
    return frame;
  }
};

}  // namespace

result<AgentFrame> parse_agent_frame(std::string_view text) { return parse_frame(text, kinds); }

std::string_view frame_type(const AgentFrame& frame) { return kinds[frame.index()].type; }

bool is_of_version_3(const AgentFrame& frame) {
  if (const auto* begin = std::get_if<ImportBegin>(&frame)) return begin->kind != DirectoryKind::unsaid;
  const auto* batch = std::get_if<ImportBatch>(&frame);
  const auto is_new = [](const auto& object) { return is_of_version_3(object); };
  return batch != nullptr && (std::ranges::any_of(batch->users, is_new) || std::ranges::any_of(batch->groups, is_new));
}

std::string to_json(const AgentFrame& frame) {
  auto value = std::visit(Writer{}, frame);
  value["type"] = frame_type(frame);
  return dump(value);
}

}  // namespace dirbridge::proto
