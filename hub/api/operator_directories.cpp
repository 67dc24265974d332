// /_dirbridge/v1: directories, their enrolment codes, agents and imports, and the hub's own authority.
#include "base/crypto.hpp"
#include "base/log.hpp"
#include "hub/api/api.hpp"
#include "hub/http/service.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr auto max_wait = 60'000ms;

std::string time_or_empty(WallTime time) { return to_epoch_ms(time) == 0 ? std::string{} : to_iso8601(time); }

Json directory_json(const Parts& parts, const ledger::DirectoryRow& row) {
  return {{"id", row.id.str()},
          {"name", row.name},
          {"kind", row.kind},
          {"created", to_iso8601(row.created)},
          {"imported", time_or_empty(row.imported)},
          {"generation", row.generation},
          {"users", row.users},
          {"groups", row.groups},
          {"agents_connected", parts.registry.of(row.id).size()}};
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call&) {
  auto json = Json::array();
  for (const auto& row : parts.store.views().directories()) json.push_back(directory_json(parts, row));
  co_return json_response(json);
}

asio::awaitable<net::HttpResponse> create(Parts& parts, Call& call) {
  const auto body = proto::parse_json(call.request.body);
  if (!body) co_return to_response(proto::not_well_formed(body.error().message()));
  const auto given = name_of(*body);
  if (!given) co_return to_response(given.error());
  const auto& name = *given;
  for (const auto& row : parts.store.views().directories())
    if (row.name == name)
      co_return to_response(proto::validation_failed("name", {"name: directory " + row.id.str() + " has this name"}));
  const auto id = new_id<DirectoryId>("0oa");
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::DirectoryCreated{name, "LDAP"});
  const auto done = co_await parts.store.append(id, std::move(bodies));
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  const auto row = parts.store.views().directory(id);
  if (!row) co_return to_response(proto::internal_error());
  co_return json_response(directory_json(parts, *row));
}

asio::awaitable<net::HttpResponse> create_enrol_code(Parts& parts, Call& call) {
  const DirectoryId id{call.path.at("id")};
  if (!parts.store.views().directory(id)) co_return to_response(proto::resource_not_found(id.str(), "AppInstance"));
  const Secret code{random_id("enrol-", 38)};
  const auto expires = parts.clock.wall_now() + parts.settings.enrol_code_lifetime;
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::EnrolCodeCreated{sha256_hex(code.reveal()), expires});
  const auto done = co_await parts.store.append(id, std::move(bodies));
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  co_return json_response({{"code", code.reveal()}, {"directory", id.str()}, {"expires", to_iso8601(expires)}});
}

Json agent_json(const Parts& parts, const ledger::AgentRow& row) {
  Json json{{"id", row.id.str()},
            {"name", row.name},
            {"directory", row.directory.str()},
            {"enrolled", to_iso8601(row.enrolled)},
            {"revoked", row.revoked},
            {"connected", false}};
  const auto live = parts.registry.find(row.id);
  if (!live) return json;
  const auto& state = live->state();
  json["connected"] = true;
  json["peer"] = state.peer;
  json["software"] = state.software;
  json["connected_since"] = to_iso8601(state.since);
  json["last_seen"] = to_iso8601(state.last_seen);
  json["polls"] = state.polls;
  json["directory_state"] = state.directory_state;
  json["directory_detail"] = state.directory_detail;
  return json;
}

asio::awaitable<net::HttpResponse> list_agents(Parts& parts, Call& call) {
  const auto only = call.request.parameter("directory");
  if (only && !parts.store.views().directory(DirectoryId{*only}))
    co_return to_response(proto::resource_not_found(*only, "AppInstance"));
  auto json = Json::array();
  for (const auto& directory : parts.store.views().directories()) {
    if (only && directory.id.str() != *only) continue;
    for (const auto& row : parts.store.views().agents(directory.id)) json.push_back(agent_json(parts, row));
  }
  co_return json_response(json);
}

asio::awaitable<net::HttpResponse> revoke_agent(Parts& parts, Call& call) {
  const AgentId id{call.path.at("id")};
  const auto row = parts.store.views().agent(id);
  if (!row || row->revoked) co_return to_response(proto::resource_not_found(id.str(), "Agent"));
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::AgentRevoked{id});
  const auto done = co_await parts.store.append(row->directory, std::move(bodies));
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  if (const auto live = parts.registry.find(id)) live->dismiss("agent " + id.str() + " was revoked", true);
  co_return net::HttpResponse{204, {}, ""};
}

Json import_json(const ledger::ImportRow& row) {
  return {{"id", row.id.str()},       {"directory", row.directory.str()},
          {"agent", row.agent.str()}, {"state", row.state},
          {"reason", row.reason},     {"started", to_iso8601(row.started)},
          {"users", row.users},       {"ended", row.ended ? to_iso8601(*row.ended) : ""},
          {"groups", row.groups}};
}

asio::awaitable<net::HttpResponse> start_import(Parts& parts, Call& call) {
  const DirectoryId id{call.path.at("id")};
  if (!parts.store.views().directory(id)) co_return to_response(proto::resource_not_found(id.str(), "AppInstance"));
  const auto import = parts.imports.request(id, call.id);
  if (import) co_return json_response({{"id", import->str()}, {"state", "running"}}, 202);
  if (import.error().code == errc::unavailable) co_return to_response(proto::no_connected_agents());
  auto error = proto::validation_failed("directory", {import.error().message()});
  error.status = 409;
  co_return to_response(error);
}

asio::awaitable<net::HttpResponse> get_import(Parts& parts, Call& call) {
  const ImportId id{call.path.at("id")};
  auto wait = 0ms;
  if (const auto text = call.request.parameter("wait_ms")) {
    char* end = nullptr;
    const auto asked = std::strtoll(text->c_str(), &end, 10);
    if (text->empty() || *end != '\0' || asked < 0)
      co_return to_response(proto::validation_failed("wait_ms", {"wait_ms: must be a number of milliseconds from 0"}));
    wait = std::min(max_wait, milliseconds{asked});
  }
  const auto row = co_await parts.imports.wait(id, std::chrono::steady_clock::now() + wait);
  if (!row) co_return to_response(proto::resource_not_found(id.str(), "Import"));
  co_return json_response(import_json(*row));
}

asio::awaitable<net::HttpResponse> authority(Parts& parts, Call&) {
  if (parts.authority_pem.empty()) co_return to_response(proto::path_not_found());
  co_return net::HttpResponse{200, {{"Content-Type", "application/x-pem-file"}}, parts.authority_pem};
}

}  // namespace

void add_operator_directories(Router& router, Parts& parts) {
  const auto add = [&](std::string_view method, std::string_view path, auto endpoint) {
    router.add(method, path, scope::operate, [&parts, endpoint](Call& call) { return endpoint(parts, call); });
  };
  add("GET", "/_dirbridge/v1/directories", list);
  add("POST", "/_dirbridge/v1/directories", create);
  add("POST", "/_dirbridge/v1/directories/{id}/enrol-codes", create_enrol_code);
  add("POST", "/_dirbridge/v1/directories/{id}/imports", start_import);
  add("GET", "/_dirbridge/v1/imports/{id}", get_import);
  add("GET", "/_dirbridge/v1/agents", list_agents);
  add("DELETE", "/_dirbridge/v1/agents/{id}", revoke_agent);
  router.add("GET", "/_dirbridge/v1/ca.pem", "", [&parts](Call& call) { return authority(parts, call); });
}

}  // namespace dirbridge::hub::api
