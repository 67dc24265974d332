// /_dirbridge/v1/apps: OAuth service apps. Their private keys are made by the caller and never come here.
#include <algorithm>

#include "hub/api/api.hpp"
#include "hub/http/service.hpp"
#include "hub/oauth/scopes.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr milliseconds max_overlap{30 * 86'400'000LL};  // of the keys before a new one

Json app_json(const ledger::AppRow& app, WallTime now) {
  auto keys = Json::array();
  for (const auto& key : app.keys) {
    Json one{{"kid", key.kid}, {"added", to_iso8601(key.added)}};
    one["expires"] = key.expires ? Json(to_iso8601(*key.expires)) : Json();
    one["valid"] = !key.expires || *key.expires > now;
    keys.push_back(std::move(one));
  }
  return {{"client_id", app.id.str()},          {"name", app.name},       {"scopes", app.scopes}, {"dpop", app.dpop},
          {"created", to_iso8601(app.created)}, {"revoked", app.revoked}, {"keys", keys}};
}

// What is wrong with the body of a request that brings a key; all of it at once.
struct Wanted {
  std::string name;
  std::vector<std::string> scopes;
  bool dpop = false;
  milliseconds overlap{0};
  std::optional<jose::Jwk> key;
  std::vector<std::string> problems;
};

void read_key(const Json& body, Wanted& wanted) {
  const auto found = body.find("key");
  if (found == body.end()) return wanted.problems.push_back("key: a public JWK is needed");
  const auto key = jose::Jwk::from_json(*found);
  if (!key) return wanted.problems.push_back(key.error().message());
  if (key->is_private()) return wanted.problems.push_back("key: this is the private half; keep it, and make another");
  wanted.key = *key;
}

void read_app(const Json& body, Wanted& wanted) {
  if (auto name = name_of(body))
    wanted.name = std::move(*name);
  else
    wanted.problems.insert(wanted.problems.end(), name.error().causes.begin(), name.error().causes.end());
  const auto scopes = body.value("scopes", Json());
  if (!scopes.is_array() || scopes.empty() || scopes.size() > 64)
    return wanted.problems.push_back("scopes: a list of at least one scope is needed");
  for (const auto& one : scopes) {
    if (!one.is_string() || !oauth::is_known_scope(one.get_ref<const std::string&>()))
      wanted.problems.push_back("scopes: " + one.dump(-1, ' ', true) + " is not a scope of service apps");
    else if (std::ranges::find(wanted.scopes, one.get_ref<const std::string&>()) == wanted.scopes.end())
      wanted.scopes.push_back(one);
  }
  const auto dpop = body.value("dpop", Json(false));
  if (!dpop.is_boolean()) return wanted.problems.push_back("dpop: true or false is needed");
  wanted.dpop = dpop;
}

void read_overlap(const Json& body, Wanted& wanted) {
  const auto overlap = body.value("keep_old_ms", Json(0));
  if (!overlap.is_number_integer() || overlap < 0 || overlap > max_overlap.count())
    return wanted.problems.push_back("keep_old_ms: a number from 0 to " + std::to_string(max_overlap.count()));
  wanted.overlap = milliseconds{overlap.get<std::int64_t>()};
}

net::HttpResponse refuse(std::vector<std::string> problems) {
  const auto field = problems.front().substr(0, problems.front().find(':'));
  return to_response(proto::validation_failed(field, std::move(problems)));
}

asio::awaitable<net::HttpResponse> append(Parts& parts, ledger::Body body, ClientId id) {
  std::vector<ledger::Body> bodies;
  bodies.push_back(std::move(body));
  const auto done = co_await parts.store.append({}, std::move(bodies));
  if (!done && done.error().code == errc::conflict)
    co_return to_response(proto::validation_failed("key", {"key: the app has it already, or is revoked"}));
  if (!done) co_return to_response(proto::service_unavailable(done.error().message()));
  const auto app = parts.store.views().app(id);
  co_return json_response(app ? app_json(*app, parts.clock.wall_now()) : Json::object());
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call&) {
  auto json = Json::array();
  for (const auto& app : parts.store.views().apps()) json.push_back(app_json(app, parts.clock.wall_now()));
  co_return json_response(json);
}

asio::awaitable<net::HttpResponse> create(Parts& parts, Call& call) {
  const auto body = proto::parse_json(call.request.body);
  if (!body || !body->is_object()) co_return to_response(proto::not_well_formed());
  Wanted wanted;
  read_app(*body, wanted);
  read_key(*body, wanted);
  if (!wanted.problems.empty()) co_return refuse(std::move(wanted.problems));
  const auto id = new_id<ClientId>("0oa");
  ledger::Body app = ledger::AppCreated{id,          wanted.name,       wanted.scopes,
                                        wanted.dpop, wanted.key->kid(), wanted.key->public_json().dump()};
  co_return co_await append(parts, std::move(app), id);
}

asio::awaitable<net::HttpResponse> rotate(Parts& parts, Call& call) {
  const ClientId id{call.path.at("id")};
  const auto app = parts.store.views().app(id);
  if (!app || app->revoked) co_return to_response(proto::resource_not_found(id.str(), "PublicClientApp"));
  const auto body = proto::parse_json(call.request.body);
  if (!body || !body->is_object()) co_return to_response(proto::not_well_formed());
  Wanted wanted;
  read_key(*body, wanted);
  read_overlap(*body, wanted);
  if (!wanted.problems.empty()) co_return refuse(std::move(wanted.problems));
  const auto until = parts.clock.wall_now() + wanted.overlap;
  ledger::Body key = ledger::AppKeyRotated{id, wanted.key->kid(), wanted.key->public_json().dump(), until};
  co_return co_await append(parts, std::move(key), id);
}

asio::awaitable<net::HttpResponse> revoke(Parts& parts, Call& call) {
  const ClientId id{call.path.at("id")};
  const auto app = parts.store.views().app(id);
  if (!app || app->revoked) co_return to_response(proto::resource_not_found(id.str(), "PublicClientApp"));
  ledger::Body revoked = ledger::AppRevoked{id};
  auto done = co_await append(parts, std::move(revoked), id);
  if (done.status != 200) co_return done;
  co_return net::HttpResponse{204, {}, ""};
}

asio::awaitable<net::HttpResponse> rotate_token_keys(Parts& parts, Call&) {
  const auto kid = co_await parts.tokens->rotate();
  if (!kid) co_return to_response(proto::service_unavailable(kid.error().message()));
  co_return json_response({{"kid", *kid}});
}

}  // namespace

void add_operator_apps(Router& router, Parts& parts) {
  router.add("GET", "/_dirbridge/v1/apps", scope::operate, [&parts](Call& call) { return list(parts, call); });
  router.add("POST", "/_dirbridge/v1/apps", scope::operate, [&parts](Call& call) { return create(parts, call); });
  router.add("POST", "/_dirbridge/v1/apps/{id}/keys", scope::operate,
             [&parts](Call& call) { return rotate(parts, call); });
  router.add("DELETE", "/_dirbridge/v1/apps/{id}", scope::operate,
             [&parts](Call& call) { return revoke(parts, call); });
  router.add("POST", "/_dirbridge/v1/token-keys/rotate", scope::operate,
             [&parts](Call& call) { return rotate_token_keys(parts, call); });
}

}  // namespace dirbridge::hub::api
