#include "hub/membership_event.hpp"

#include <algorithm>

namespace dirbridge::hub {
namespace {

LogFacts named(LogFacts facts, bool add, const DirectoryId& directory) {
  facts.type = add ? "directory.external.group.membership.add" : "directory.external.group.membership.remove";
  facts.message = add ? "Add external group membership" : "Remove external group membership";
  facts.targets.push_back({directory.str(), "AppInstance", ""});
  return facts;
}

}  // namespace

LogFacts membership_facts(LogFacts request, const DirectoryId& directory, const proto::ModifyBody& body) {
  auto facts = named(std::move(request), body.action == proto::Action::add, directory);
  facts.targets.push_back({body.group.str(), "UserGroup", ""});
  const auto shown = std::min(body.values.size(), max_logged_users);
  for (std::size_t i = 0; i < shown; ++i) facts.targets.push_back({body.values[i].str(), "User", ""});
  facts.details["users"] = std::to_string(body.values.size());
  facts.details["attribute"] = body.attribute;
  return facts;
}

void conclude(LogFacts& facts, const JobId& job, const proto::OktaError* error) {
  if (!job.empty()) facts.details["job"] = job.str();
  if (!error) return;
  facts.failure = error->code + " " + error->summary;
  for (const auto& cause : error->causes) facts.failure += "; " + cause;
}

std::optional<LogFacts> membership_facts(LogFacts request, const DirectoryId& directory, std::string_view refused_body,
                                         const proto::OktaError& error) {
  const auto body = nlohmann::json::parse(refused_body, nullptr, false);
  if (!body.is_object()) return std::nullopt;
  const auto parameters = body.find("parameters");
  if (parameters == body.end() || !parameters->is_object()) return std::nullopt;
  const auto action = parameters->find("action");
  if (action == parameters->end() || (*action != "ADD" && *action != "REMOVE")) return std::nullopt;
  auto facts = named(std::move(request), *action == "ADD", directory);
  conclude(facts, {}, &error);
  return facts;
}

LogFacts membership_facts(LogFacts request, const ledger::GroupRow& group, const ledger::UserRow& user, bool add) {
  request.type = add ? "group.user_membership.add" : "group.user_membership.remove";
  request.message = add ? "Add user to group membership" : "Remove user from group membership";
  request.targets = {{user.id.str(), "User", user.user.login}, {group.id.str(), "UserGroup", group.group.name}};
  return request;
}

}  // namespace dirbridge::hub
