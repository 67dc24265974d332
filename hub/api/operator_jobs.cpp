// /_dirbridge/v1/jobs: what became of every change, by job id or by the request id a caller holds.
#include "hub/api/api.hpp"
#include "hub/explain.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

Json ref_json(const proto::ObjectRef& ref) { return {{"id", ref.id}, {"dn", ref.dn}, {"stable_id", ref.stable_id}}; }

Json members_json(const proto::MembershipChange& change, const proto::Outcome& outcome) {
  auto members = Json::array();
  for (const auto& member : change.members) members.push_back(ref_json(member));
  for (const auto& finding : outcome.findings()) {
    for (const auto& range : finding.values) {
      for (std::size_t i = range.first; i <= range.last && i < members.size(); ++i) {
        members[i]["verdict"] = proto::to_text(finding.verdict);
        members[i]["evidence"] = proto::to_text(finding.evidence);
        if (finding.code != 0) members[i]["code"] = finding.code;
        if (!finding.diagnostic.empty()) members[i]["diagnostic"] = finding.diagnostic;
        if (!finding.advice.empty()) members[i]["advice"] = finding.advice;
      }
    }
  }
  return members;
}

Json story_json(const std::vector<ledger::JobEvent>& story) {
  auto json = Json::array();
  for (const auto& event : story) json.push_back({{"at", to_iso8601(event.at)}, {"what", event.what}});
  return json;
}

Json job_json(const Parts& parts, const ledger::JobRow& row) {
  auto requests = Json::array();
  for (const auto& request : row.requests) requests.push_back(request.str());
  auto evidence = Json::array();
  for (const auto& kept : row.evidence)
    evidence.push_back({{"agent", kept.agent.str()},
                        {"lease", kept.lease},
                        {"status", kept.status},
                        {"verdict", proto::to_text(kept.outcome.verdict())}});
  Json json{{"id", row.id.str()},
            {"directory", row.directory.str()},
            {"action", proto::to_text(row.change.action)},
            {"attribute", row.change.attribute},
            {"group", ref_json(row.change.group)},
            {"members", members_json(row.change, row.outcome)},
            {"requests", std::move(requests)},
            {"principal", row.principal},
            {"accepted", to_iso8601(row.accepted)},
            {"deadline", to_iso8601(row.deadline)},
            {"closed", row.closed ? to_iso8601(*row.closed) : ""},
            {"state", "closed"},
            {"disposition", row.disposition},
            {"answer", answer_of(row.disposition)},
            {"explanation", explain(row.disposition, row.outcome, row.requests.size())},
            {"agent", row.agent.str()},
            {"operation", row.operation},
            {"story", story_json(row.story)},
            {"evidence", std::move(evidence)}};
  if (row.disposition != "open") return json;
  const auto view = parts.book.view(row.id);
  if (!view) {  // its closing record is being written at this moment
    json["state"] = "closing";
    return json;
  }
  json["state"] = queue::to_text(view->state);
  json["agent"] = view->agent.str();
  json["answer"] = view->deadline_passed ? "504" : "pending";
  json["explanation"] = explain_open(view->state, view->deadline_passed);
  json["story"] = story_json(parts.book.story(row.id));
  return json;
}

bool is_job_id(std::string_view text) { return is_id(text, "ADS"); }

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  auto page =
      page_of(call, {.fallback = 50, .max = 500, .above = Above::refused, .cursor = "before", .is_cursor = is_job_id});
  if (!page) co_return to_response(page.error());
  const auto state = call.request.parameter("state").value_or("");
  if (!state.empty() && state != "open")
    co_return to_response(proto::validation_failed("state", {"state: only `open` can be asked for"}));
  const DirectoryId directory{call.request.parameter("directory").value_or("")};
  if (!directory.empty() && !parts.store.views().directory(directory))
    co_return to_response(proto::resource_not_found(directory.str(), "AppInstance"));
  const auto rows = parts.store.views().jobs(directory, state == "open", JobId{page->after}, page->limit);
  auto json = Json::array();
  for (const auto& row : rows) json.push_back(job_json(parts, row));
  co_return json_response(json);
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto& id = call.path.at("id");
  auto row = parts.store.views().job(JobId{id});
  if (!row) row = parts.store.views().job_by_request(RequestId{id});
  if (!row) co_return to_response(proto::resource_not_found(id, "Job"));
  co_return json_response(job_json(parts, *row));
}

}  // namespace

void add_operator_jobs(Router& router, Parts& parts) {
  router.add("GET", "/_dirbridge/v1/jobs", scope::operate, settled(parts, list));
  router.add("GET", "/_dirbridge/v1/jobs/{id}", scope::operate, settled(parts, get));
}

}  // namespace dirbridge::hub::api
