#include "hub/oauth/token_service.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>

#include "base/crypto.hpp"
#include "base/log.hpp"
#include "hub/oauth/scopes.hpp"
#include "hub/oauth/token_request.hpp"
#include "hub/system_log.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::hub::oauth {
namespace {

constexpr unsigned for_owner_only = 0600;

// The values of a header that may come only once.
std::vector<std::string_view> headers_named(const net::HttpRequest& request, std::string_view name) {
  std::vector<std::string_view> values;
  const auto [first, last] = request.headers.equal_range(name);
  for (auto at = first; at != last; ++at) values.push_back(at->second);
  return values;
}

// Made at the first start.
result<std::string> kept_secret(const std::string& file) {
  if (std::filesystem::exists(file)) return read_file(file);
  auto secret = to_base64url(random_bytes(32));
  if (auto done = write_file(file, secret, for_owner_only); !done) return done.error();
  return secret;
}

// co_spawn wants a result it can default-construct.
asio::awaitable<std::optional<jose::Jwk>> make_key() { co_return jose::Jwk::generate(jose::KeyType::rsa); }

}  // namespace

TokenService::TokenService(Store& store, const Clock& clock, std::string file, std::string public_url, KeyRing ring,
                           std::string nonce_secret)
    : store_(store),
      clock_(clock),
      file_(std::move(file)),
      public_url_(std::move(public_url)),
      ring_(std::move(ring)),
      nonces_(std::move(nonce_secret)) {
  for (auto& used : store_.views().used_assertions(clock_.wall_now()))
    assertions_.remember(std::move(used.hash), used.until);
}

result<std::unique_ptr<TokenService>> TokenService::open(Store& store, const Clock& clock, const std::string& data_dir,
                                                         std::string public_url) {
  auto file = data_dir + "/" + std::string{token_keys_file};
  std::optional<KeyRing> ring;
  if (std::filesystem::exists(file)) {
    const auto text = read_file(file);
    if (!text) return text.error();
    auto kept = KeyRing::from_json(*text);
    if (!kept) return Error{errc::configuration, file + ": " + kept.error().message()};
    ring = std::move(*kept);
  } else {
    ring.emplace(jose::Jwk::generate(jose::KeyType::rsa), clock.wall_now());
    if (auto done = write_file(file, ring->to_json().reveal(), for_owner_only); !done) return done.error();
  }
  auto secret = kept_secret(data_dir + "/" + std::string{nonce_secret_file});
  if (!secret) return secret.error();
  return std::unique_ptr<TokenService>{
      new TokenService{store, clock, std::move(file), std::move(public_url), std::move(*ring), std::move(*secret)}};
}

// "Exactly the URL the caller uses": what it put into Host, on the face it came to; and the configured one.
std::vector<std::string> TokenService::bases(const net::HttpRequest& request) const {
  std::vector<std::string> bases;
  if (!public_url_.empty()) bases.push_back(public_url_);
  if (const auto host = request.header("Host"); !host.empty())
    bases.push_back((request.secure ? "https://" : "http://") + std::string{host});
  return bases;
}

asio::awaitable<net::HttpResponse> TokenService::issue(const net::HttpRequest& request, RequestId id) {
  auto answer = co_await try_issue(request, id);
  if (answer) co_return std::move(*answer);
  log::info("oauth.refused", {{"error", answer.error().error}, {"reason", answer.error().description}});
  co_return answer.error().to_response();
}

asio::awaitable<Answer<net::HttpResponse>> TokenService::try_issue(const net::HttpRequest& request,
                                                                   const RequestId& id) {
  const auto asked = read_token_request(request);
  if (!asked) co_return asked.error();
  Requested requested{request, id, bases(request), {}, clock_.wall_now()};
  if (requested.urls.empty()) co_return invalid_request("The request has no Host header.");
  requested.issuer = requested.urls.front();
  for (auto& url : requested.urls) url += request.path();
  auto client = check_assertion(
      asked->assertion, {requested.urls, requested.now, asked->client_id},
      [this](const ClientId& one) { return store_.views().app(one); }, assertions_);
  if (!client) co_return client.error();
  if (client->used) {
    // On the disk before the answer: a hub that is killed now must not take the assertion again.
    std::vector<ledger::Body> bodies;
    bodies.emplace_back(std::move(*client->used));
    const auto kept = co_await store_.append({}, std::move(bodies));
    if (!kept) co_return OAuthError{503, "temporarily_unavailable", kept.error().message(), {}};
  }
  co_return issue_to(client->app, asked->scope, requested);
}

Answer<net::HttpResponse> TokenService::issue_to(const ledger::AppRow& app, const std::string& asked,
                                                 const Requested& requested) {
  const auto& [request, id, urls, issuer, now] = requested;
  const auto scopes = scopes_to_issue(asked, app.scopes);
  auto event = of_request(request, id, {TokenId{app.id.str()}, app.name, {}});
  event.type = "app.oauth2.token.grant.access_token";
  event.message = "OAuth2 access token is granted";
  event.details["grantType"] = "client_credentials";
  event.details["requestedScopes"] = proto::clip(asked, 1024);
  if (!scopes) {
    event.failure = scopes.error().error + ": " + scopes.error().description;
    log_event(store_, event);
    return scopes.error();
  }

  Grant grant{app.id, *scopes, {}};
  std::string nonce;
  // An app that is not bound gets a bearer token whatever DPoP header came along: Node's SDK always sends one, and
  // takes a token for a bound one only after it was asked for a nonce.
  if (app.dpop) {
    const auto headers = headers_named(request, "DPoP");
    if (headers.size() > 1) return invalid_dpop_proof("There is more than one DPoP proof.");
    const auto proof = check_proof(headers.empty() ? "" : headers.front(), {request.method, urls, now, {}}, proofs_);
    if (!proof) return proof.error();
    nonce = nonces_.current(now);
    if (!nonces_.accepts(proof->nonce, now))
      return OAuthError{400, "use_dpop_nonce", "Authorization server requires nonce in DPoP proof.", nonce};
    grant.thumbprint = proof->thumbprint;
  }
  std::string scope;
  for (const auto& one : *scopes) scope += (scope.empty() ? "" : " ") + one;
  const nlohmann::ordered_json body{{"token_type", app.dpop ? "DPoP" : "Bearer"},
                                    {"expires_in", access_token_life.count() / 1000},
                                    {"access_token", make_access_token(ring_.current(), issuer, grant, now)},
                                    {"scope", scope}};
  event.details["grantedScopes"] = scope;
  log_event(store_, event);
  log::info("oauth.granted", {{"client", app.id}, {"scope", scope}, {"bound", app.dpop}});
  net::HttpResponse response{200, {{"Content-Type", "application/json"}}, body.dump()};
  if (!nonce.empty()) response.headers.emplace("dpop-nonce", nonce);
  return response;
}

result<Grant> TokenService::check(const net::HttpRequest& request, std::string_view scheme, std::string_view token) {
  const auto now = clock_.wall_now();
  auto grant = read_access_token(token, ring_.alive(now), now);
  if (!grant) return grant;
  const auto app = store_.views().app(grant->client);
  if (!app || app->revoked) return Error{errc::denied, "the app of the token is revoked"};
  const bool as_bound = equals_ignore_case(scheme, "DPoP");
  if (as_bound == grant->thumbprint.empty())
    return Error{errc::denied, as_bound ? "the token is a bearer token" : "the token is bound to a key"};
  if (!as_bound) return grant;
  const auto headers = headers_named(request, "DPoP");
  if (headers.size() != 1) return Error{errc::denied, "there is not exactly one DPoP proof"};
  auto urls = bases(request);
  for (auto& url : urls) url += request.path();
  const auto proof = check_proof(headers.front(), {request.method, urls, now, std::string{token}}, proofs_);
  if (!proof) return Error{errc::denied, proof.error().description};
  if (proof->thumbprint != grant->thumbprint) return Error{errc::denied, "the proof is of another key than the token"};
  return grant;
}

Json TokenService::public_keys() const {
  auto keys = Json::array();
  for (const auto& key : ring_.alive(clock_.wall_now())) {
    auto json = key.public_json();
    json["alg"] = "RS256";
    json["use"] = "sig";
    keys.push_back(std::move(json));
  }
  return {{"keys", std::move(keys)}};
}

asio::awaitable<result<std::string>> TokenService::rotate() {
  auto key = co_await asio::co_spawn(maker_, make_key(), asio::use_awaitable);
  auto next = ring_;
  next.rotate(std::move(*key), clock_.wall_now());
  if (auto done = write_file(file_, next.to_json().reveal(), for_owner_only); !done) co_return done.error();
  ring_ = std::move(next);
  log::info("oauth.keys.rotated", {{"key", ring_.current().kid()}});
  co_return ring_.current().kid();
}

}  // namespace dirbridge::hub::oauth
