// /_dirbridge/v1/tokens: made once, shown once, kept as a hash.
#include "hub/api/api.hpp"
#include "hub/http/service.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::hub::api {
namespace {

asio::awaitable<net::HttpResponse> list(Parts& parts, Call&) {
  auto json = Json::array();
  for (const auto& row : parts.store.views().tokens())
    json.push_back({{"id", row.id.str()},
                    {"name", row.name},
                    {"scopes", row.scopes},
                    {"created", to_iso8601(row.created)},
                    {"revoked", row.revoked}});
  co_return json_response(json);
}

asio::awaitable<net::HttpResponse> create(Parts& parts, Call& call) {
  const auto body = proto::parse_json(call.request.body);
  if (!body) co_return to_response(proto::not_well_formed(body.error().message()));
  const auto name = name_of(*body);
  if (!name) co_return to_response(name.error());
  std::vector<std::string> scopes;
  const auto wanted = body->value("scopes", Json::array({std::string{scope::manage_directories}}));
  if (!wanted.is_array() || wanted.empty())
    co_return to_response(proto::validation_failed("scopes", {"scopes: a list of at least one scope is needed"}));
  for (const auto& one : wanted) {
    if (!one.is_string() || !scope::is_known(one.get_ref<const std::string&>()))
      co_return to_response(proto::validation_failed("scopes", {"scopes: " + one.dump() + " is not a scope"}));
    scopes.push_back(one);
  }
  auto made = Access::make_token(*name, scopes);
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(made.record);
  const auto done = co_await parts.store.append({}, std::move(bodies));
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  co_return json_response(
      {{"id", made.id.str()}, {"name", made.record.name}, {"scopes", scopes}, {"token", made.token.reveal()}});
}

asio::awaitable<net::HttpResponse> revoke(Parts& parts, Call& call) {
  const TokenId id{call.path.at("id")};
  bool known = false;
  for (const auto& row : parts.store.views().tokens()) known = known || (row.id == id && !row.revoked);
  if (!known) co_return to_response(proto::resource_not_found(id.str(), "Token"));
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::TokenRevoked{id});
  const auto done = co_await parts.store.append({}, std::move(bodies));
  parts.access.forget_cached();
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  co_return net::HttpResponse{204, {}, ""};
}

}  // namespace

void add_operator_tokens(Router& router, Parts& parts) {
  router.add("GET", "/_dirbridge/v1/tokens", scope::operate, [&parts](Call& call) { return list(parts, call); });
  router.add("POST", "/_dirbridge/v1/tokens", scope::operate, [&parts](Call& call) { return create(parts, call); });
  router.add("DELETE", "/_dirbridge/v1/tokens/{id}", scope::operate,
             [&parts](Call& call) { return revoke(parts, call); });
}

}  // namespace dirbridge::hub::api
