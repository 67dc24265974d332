// Event hooks (contract C7): made, shown, replaced, deleted, verified, turned on and off.
#include "hub/api/api.hpp"
#include "hub/http/service.hpp"

namespace dirbridge::hub::api {
namespace {

constexpr std::string_view manage_hooks = "okta.eventHooks.manage";
constexpr std::string_view read_hooks = "okta.eventHooks.read";

using Id = ledger::EventHookId;

proto::OktaError no_hook(const Call& call) { return proto::resource_not_found(call.path.at("id"), "Webhook"); }

net::HttpResponse answer_of(const Parts& parts, const Call& call, const result<EventHook>& done) {
  if (done) return json_response(to_json(*done, base_url(parts, call)));
  const auto& error = done.error();
  if (error.code == errc::not_found || error.code == errc::conflict) return to_response(no_hook(call));
  if (error.code == errc::too_large) return to_response(proto::validation_failed("eventHook", {error.detail}));
  if (error.code == errc::denied)
    return to_response(proto::validation_failed("verification", {"verification: " + error.detail}));
  return to_response(proto::service_unavailable(error.message()));
}

asio::awaitable<net::HttpResponse> list(Parts& parts, Call& call) {
  auto all = Json::array();
  for (const auto& hook : parts.hooks.all()) all.push_back(to_json(hook, base_url(parts, call)));
  co_return json_response(all);
}

asio::awaitable<net::HttpResponse> get(Parts& parts, Call& call) {
  const auto hook = parts.hooks.find(Id{call.path.at("id")});
  if (!hook) co_return to_response(no_hook(call));
  co_return json_response(to_json(*hook, base_url(parts, call)));
}

asio::awaitable<net::HttpResponse> create(Parts& parts, Call& call) {
  auto hook = event_hook_of(call.request.body, nullptr);
  if (!hook) co_return to_response(hook.error());
  hook->created_by = call.principal.token.str();
  hook->origin = base_url(parts, call);
  const auto done = co_await parts.hooks.create(std::move(*hook));
  co_return answer_of(parts, call, done);
}

asio::awaitable<net::HttpResponse> replace(Parts& parts, Call& call) {
  const Id id{call.path.at("id")};
  const auto before = parts.hooks.find(id);
  if (!before) co_return to_response(no_hook(call));
  auto hook = event_hook_of(call.request.body, &*before);
  if (!hook) co_return to_response(hook.error());
  hook->id = id;
  hook->origin = base_url(parts, call);
  const auto done = co_await parts.hooks.replace(std::move(*hook));
  co_return answer_of(parts, call, done);
}

asio::awaitable<net::HttpResponse> remove(Parts& parts, Call& call) {
  const Id id{call.path.at("id")};
  // As Okta: only what is off can be deleted.
  if (const auto hook = parts.hooks.find(id); hook && hook->is_active)
    co_return to_response(proto::forbidden("the event hook is ACTIVE: deactivate it first"));
  const auto done = co_await parts.hooks.remove(id);
  if (!done) co_return answer_of(parts, call, done.error());
  co_return net::HttpResponse{204, {}, ""};
}

asio::awaitable<net::HttpResponse> set_active(Parts& parts, Call& call, bool is_active) {
  const auto done = co_await parts.hooks.set_active(Id{call.path.at("id")}, is_active);
  co_return answer_of(parts, call, done);
}

asio::awaitable<net::HttpResponse> verify(Parts& parts, Call& call) {
  const auto done = co_await parts.hooks.verify(Id{call.path.at("id")}, base_url(parts, call));
  co_return answer_of(parts, call, done);
}

}  // namespace

void add_event_hooks(Router& router, Parts& parts) {
  router.add("GET", "/api/v1/eventHooks", read_hooks, [&parts](Call& call) { return list(parts, call); });
  router.add("POST", "/api/v1/eventHooks", manage_hooks, [&parts](Call& call) { return create(parts, call); });
  router.add("GET", "/api/v1/eventHooks/{id}", read_hooks, [&parts](Call& call) { return get(parts, call); });
  router.add("PUT", "/api/v1/eventHooks/{id}", manage_hooks, [&parts](Call& call) { return replace(parts, call); });
  router.add("DELETE", "/api/v1/eventHooks/{id}", manage_hooks, [&parts](Call& call) { return remove(parts, call); });
  router.add("POST", "/api/v1/eventHooks/{id}/lifecycle/verify", manage_hooks,
             [&parts](Call& call) { return verify(parts, call); });
  router.add("POST", "/api/v1/eventHooks/{id}/lifecycle/activate", manage_hooks,
             [&parts](Call& call) { return set_active(parts, call, true); });
  router.add("POST", "/api/v1/eventHooks/{id}/lifecycle/deactivate", manage_hooks,
             [&parts](Call& call) { return set_active(parts, call, false); });
}

}  // namespace dirbridge::hub::api
