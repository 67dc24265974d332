// Asynchronous reads of a group's attributes, through its agent (contract A3).
#include <algorithm>

#include "base/text.hpp"
#include "hub/api/api.hpp"
#include "hub/api/query_body.hpp"
#include "hub/http/service.hpp"
#include "proto/membership_change.hpp"

namespace dirbridge::hub::api {
namespace {

// The group as this directory's import has it, or what the caller is told.
boost::system::result<ReadService::Target, proto::OktaError> target_of(Parts& parts, const Call& call,
                                                                       std::string& attribute) {
  const DirectoryId directory{call.path.at("appInstanceId")};
  const GroupId group{call.path.at("groupId")};
  if (!parts.store.views().directory(directory)) return proto::resource_not_found(directory.str(), "AppInstance");
  const auto row = parts.store.views().group(group);
  if (!row || (row->directory != directory && parts.settings.contract.hides_out_of_scope()))
    return proto::resource_not_found(group.str(), "UserGroup");
  if (row->directory != directory)
    return proto::validation_failed("groupId", {"groupId: the group was not imported from this directory"});
  attribute = row->group.attribute;
  return ReadService::Target{directory, group, row->group.dn, row->group.stable_id};
}

bool is_refused(const Parts& parts, const Call& call) {
  return call.principal.is_api_token && !parts.settings.contract.takes_api_tokens();
}
proto::OktaError refusal() {
  return proto::forbidden("hub.directory_tokens: this path takes OAuth access tokens only");
}

asio::awaitable<net::HttpResponse> submit(Parts& parts, Call& call) {
  if (is_refused(parts, call)) co_return to_response(refusal());
  std::string attribute;
  auto target = target_of(parts, call, attribute);
  if (!target) co_return to_response(target.error());
  auto attributes = parse_query_body(call.request.body, attribute);
  if (!attributes) co_return to_response(attributes.error());
  auto id = parts.reads.submit(*target, std::move(*attributes), call.id, parts.settings.request_timeout);
  if (!id) co_return to_response(in_profile(id.error(), parts.settings.contract));
  co_return json_response(Json{{"resultId", id->str()}}, 202);
}

Json profile_of(const ReadBook::Entry& entry) {
  auto profile = Json::object();
  for (const auto& name : entry.attributes) {
    const auto found = std::ranges::find_if(entry.result.attributes,
                                            [&](const auto& has) { return equals_ignore_case(has.name, name); });
    if (found == entry.result.attributes.end()) continue;
    if (found->values.size() == 1)
      profile[name] = found->values.front();
    else
      profile[name] = found->values;
  }
  return profile;
}

net::HttpResponse answer_of(const ReadBook::Entry& entry, const ContractSettings& contract) {
  const auto& result = entry.result;
  switch (entry.state) {
    case ReadBook::State::running: {
      net::HttpResponse response;
      response.status = 202;
      return response;
    }
    case ReadBook::State::timed_out: return to_response(in_profile(proto::agent_timed_out(), contract));
    case ReadBook::State::agent_left: {
      auto error = proto::no_connected_agents();
      error.causes.push_back("the agent that was asked has left; query again");
      return to_response(in_profile(std::move(error), contract));
    }
    case ReadBook::State::answered: break;
  }
  switch (result.status) {
    case proto::ReadStatus::found:
      return json_response(Json{{"id", entry.group.str()}, {"profile", profile_of(entry)}});
    case proto::ReadStatus::gone: return to_response(proto::resource_not_found(entry.group.str(), "UserGroup"));
    case proto::ReadStatus::refused:
      return to_response(proto::validation_failed(
          "attributes",
          {"attributes: " + (result.code != 0 ? "LDAP result " + std::to_string(result.code) + ": " : "") +
           result.reason}));
    case proto::ReadStatus::unavailable: break;
  }
  return to_response(in_profile(proto::agent_timed_out({"the agent says: " + result.reason}), contract));
}

asio::awaitable<net::HttpResponse> fetch(Parts& parts, Call& call) {
  if (is_refused(parts, call)) co_return to_response(refusal());
  std::string attribute;
  const auto target = target_of(parts, call, attribute);
  if (!target) co_return to_response(target.error());
  const proto::ReadId id{call.path.at("resultId")};
  const auto* entry = parts.reads.find(target->directory, target->group, id);
  if (!entry) co_return to_response(proto::resource_not_found(id.str(), "QueryResult"));
  co_return answer_of(*entry, parts.settings.contract);
}

}  // namespace

void add_group_queries(Router& router, Parts& parts) {
  // The release notes print "group", the specification and the SDKs "groups".
  for (const std::string groups : {"groups", "group"}) {
    const auto path = "/api/v1/directories/{appInstanceId}/" + groups + "/{groupId}/query";
    router.add("POST", path, scope::read_directories, [&parts](Call& call) { return submit(parts, call); });
    router.add("GET", path + "/{resultId}", scope::read_directories,
               [&parts](Call& call) { return fetch(parts, call); });
  }
}

}  // namespace dirbridge::hub::api
