// /_dirbridge/v1/directories/{id}/groups/preview: what POST groups/modify with this body would do, from reads alone.
#include "hub/api/api.hpp"
#include "hub/http/service.hpp"
#include "proto/membership_change.hpp"

namespace dirbridge::hub::api {
namespace {

Json changes_json(const proto::PreviewResult& told) {
  auto changes = Json::array();
  for (const auto& change : told.changes)
    changes.push_back({{"dn", change.dn}, {"add", change.add}, {"remove", change.remove}, {"ldif", change.ldif}});
  return changes;
}

Json verdicts_json(const proto::MembershipChange& change, const proto::Outcome& outcome) {
  auto verdicts = Json::array();
  for (std::size_t i = 0; i < change.members.size(); ++i) {
    const auto& finding = outcome.of(i);
    Json verdict{
        {"id", change.members[i].id}, {"dn", change.members[i].dn}, {"verdict", proto::to_text(finding.verdict)}};
    if (finding.code != 0) verdict["code"] = finding.code;
    if (!finding.diagnostic.empty()) verdict["diagnostic"] = finding.diagnostic;
    if (!finding.advice.empty()) verdict["advice"] = finding.advice;
    verdicts.push_back(std::move(verdict));
  }
  return verdicts;
}

asio::awaitable<net::HttpResponse> preview(Parts& parts, Call& call) {
  auto body = proto::parse_modify_body(call.request.body);
  if (!body) co_return to_response(to_error(body.error()));
  const DirectoryId directory{call.path.at("id")};
  const auto change = co_await parts.memberships.resolve(directory, std::move(*body));
  if (!change) co_return to_response(change.error());
  const auto told =
      co_await parts.previews.ask(directory, *change, call.id, call.arrived + parts.settings.request_timeout);
  if (!told) co_return to_response(told.error());
  co_return json_response({{"group", change->group.id},
                           {"action", proto::to_text(change->action)},
                           {"attribute", change->attribute},
                           {"verdict", proto::to_text(told->outcome.verdict())},
                           {"changes", changes_json(*told)},
                           {"verdicts", verdicts_json(*change, told->outcome)},
                           {"unpredicted", told->unpredicted}});
}

}  // namespace

// Whoever may change a group may ask what the change would do.
void add_operator_previews(Router& router, Parts& parts) {
  router.add("POST", "/_dirbridge/v1/directories/{id}/groups/preview", scope::manage_directories,
             [&parts](Call& call) { return preview(parts, call); });
}

}  // namespace dirbridge::hub::api
