#include "hub/hooks/hook_service.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>
#include <map>

#include "base/ids.hpp"
#include "base/log.hpp"
#include "hub/hooks/hook_call.hpp"
#include "hub/system_log.hpp"
#include "net/http_client.hpp"

namespace dirbridge::hub {
namespace {

// Of the events that wait, for all hooks together: a first import of a hundred thousand groups tells them faster than
// any receiver takes them.
constexpr std::size_t max_waiting_bytes = 64u << 20;
constexpr std::size_t max_batch = 100;  // events of one delivery

std::size_t bytes_of(const HookEvent& event) { return sizeof event + event.text.size(); }

// Of an event as the ledger keeps it: the second text of its array. Events are many and hooks are few: most are not for
// anybody, and a document of each would be made for nothing.
std::string_view type_of_event(std::string_view text) {
  constexpr std::string_view between = "\",\"";
  const auto begin = text.find(between);
  if (begin == std::string_view::npos) return {};
  const auto from = begin + between.size();
  const auto end = text.find('"', from);
  return end == std::string_view::npos ? std::string_view{} : text.substr(from, end - from);
}

}  // namespace

struct HookService::Impl : std::enable_shared_from_this<Impl> {
  struct Line {
    EventHook hook;
    std::deque<HookEvent> waiting;
    std::size_t bytes = 0;  // of these

    void put(HookEvent event) {
      bytes += bytes_of(event);
      waiting.push_back(std::move(event));
    }
    HookEvent take() {
      HookEvent event = std::move(waiting.front());
      waiting.pop_front();
      bytes -= bytes_of(event);
      return event;
    }
    std::size_t given_up = 0;
    bool is_sending = false;
  };

  Impl(asio::any_io_executor e, const Clock& c, std::string ca)
      : executor(std::move(e)), clock(c), ca_file(std::move(ca)) {}

  void on_event(const std::string& text, WallTime at);
  void make_room();
  static asio::awaitable<void> deliver(std::shared_ptr<Impl> self, ledger::EventHookId id);
  asio::awaitable<result<net::HttpResponse>> send(const EventHook& hook, net::HttpRequest request);
  result<std::shared_ptr<net::TlsClientContext>> tls_context();

  asio::any_io_executor executor;
  const Clock& clock;
  std::string ca_file;
  std::shared_ptr<net::TlsClientContext> tls;
  std::map<ledger::EventHookId, Line> lines;
  bool stopped = false;
};

// The file is read when it is first needed: most hubs have no hook.
result<std::shared_ptr<net::TlsClientContext>> HookService::Impl::tls_context() {
  if (tls) return tls;
  net::TlsClientSettings settings;
  settings.ca_file = ca_file;
  auto made = net::TlsClientContext::make(settings);
  if (made) tls = *made;
  return made;
}

asio::awaitable<result<net::HttpResponse>> HookService::Impl::send(const EventHook& hook, net::HttpRequest request) {
  const auto url = net::parse_url(hook.uri);
  if (!url) co_return url.error();
  net::ClientSettings settings;
  settings.connect_timeout = hook_timeout;
  if (url->secure()) {
    auto context = tls_context();
    if (!context) co_return context.error();
    settings.tls = std::move(*context);
  }
  // A connection of its own: what was sent on one that turns out to be dead would be sent again without our knowing.
  net::HttpClient client{executor, *url, std::move(settings)};
  const auto deadline = std::chrono::steady_clock::now() + hook_timeout;
  co_return co_await client.send(std::move(request), deadline, max_hook_answer);
}

void HookService::Impl::on_event(const std::string& text, WallTime at) {
  if (lines.empty()) return;
  const auto type = type_of_event(text);
  for (auto& [id, line] : lines) {
    if (!line.hook.wants(type)) continue;
    line.put({text, at});
    if (std::exchange(line.is_sending, true)) continue;
    asio::co_spawn(executor, deliver(shared_from_this(), id), asio::detached);
  }
  make_room();
}

// The longest line gives way: a receiver that is dead costs its own events, not those of the others.
void HookService::Impl::make_room() {
  const auto length = [](const auto& line) { return line.second.bytes; };
  for (;;) {
    std::size_t waiting = 0;
    for (const auto& line : lines) waiting += length(line);
    if (waiting <= max_waiting_bytes) return;
    auto& [id, line] = *std::ranges::max_element(lines, {}, length);
    line.take();
    if (line.given_up++ == 0)
      log::warn(
          "hook.overflow",
          {{"hook", id.str()}, {"reason", "more events wait for its receiver than are kept: the oldest are given up"}});
  }
}

asio::awaitable<void> HookService::Impl::deliver(std::shared_ptr<Impl> self, ledger::EventHookId id) {
  for (;;) {
    // Looked up each time: it may have been changed, turned off or deleted while the last call was under way.
    const auto found = self->lines.find(id);
    if (found == self->lines.end() || self->stopped) co_return;
    auto& line = found->second;
    if (!line.hook.is_open()) {
      line.waiting.clear();
      line.bytes = 0;
    }
    if (line.waiting.empty()) {
      line.is_sending = false;
      co_return;
    }
    std::vector<HookEvent> events;
    while (!line.waiting.empty() && events.size() < max_batch) events.push_back(line.take());
    if (const auto lost = std::exchange(line.given_up, 0); lost > 0)
      log::warn("hook.given_up", {{"hook", id.str()}, {"events", lost}});
    const EventHook hook = line.hook;
    const auto delivery = random_uuid();
    const auto request = delivery_request(hook, events, delivery, self->clock.wall_now());
    HookReply reply;
    for (int attempt = 1; attempt <= hook_attempts; ++attempt) {
      const auto answer = co_await self->send(hook, request);
      reply = judge_delivery(answer);
      if (reply.verdict != HookVerdict::again) break;
    }
    const auto size = events.size();
    if (reply.verdict == HookVerdict::delivered)
      log::debug("hook.delivered", {{"hook", id.str()}, {"delivery", delivery}, {"events", size}});
    else
      log::warn("hook.failed", {{"hook", id.str()}, {"delivery", delivery}, {"events", size}, {"reason", reply.why}});
  }
}

HookService::HookService(asio::any_io_executor executor, const Clock& clock, Store& store, std::string ca_file)
    : impl_(std::make_shared<Impl>(std::move(executor), clock, std::move(ca_file))), store_(store) {
  reload();
  store_.listen([impl = impl_](const std::string& text, WallTime at) { impl->on_event(text, at); });
}

HookService::~HookService() {
  impl_->stopped = true;
  store_.listen({});
}

// What the ledger holds; events that wait stay with their hooks.
void HookService::reload() {
  std::map<ledger::EventHookId, Impl::Line> lines;
  for (const auto& row : store_.views().event_hooks()) {
    auto hook = event_hook_from(row);
    if (!hook) {
      log::error("hook.unreadable", {{"hook", row.id.str()}});
      continue;
    }
    auto before = impl_->lines.extract(row.id);
    auto& line = lines[row.id];
    if (!before.empty()) line = std::move(before.mapped());
    line.hook = std::move(*hook);
  }
  impl_->lines = std::move(lines);
}

std::vector<EventHook> HookService::all() const {
  std::vector<EventHook> hooks;
  for (const auto& [id, line] : impl_->lines) hooks.push_back(line.hook);
  std::ranges::sort(hooks, {}, [](const EventHook& hook) { return std::pair{hook.created, hook.id}; });
  return hooks;
}

std::optional<EventHook> HookService::find(const ledger::EventHookId& id) const {
  const auto found = impl_->lines.find(id);
  if (found == impl_->lines.end()) return std::nullopt;
  return found->second.hook;
}

// What is in memory changes first, so that two callers at the same moment never build on the same state; if the disk
// refuses, what the ledger holds is taken up again.
asio::awaitable<result<EventHook>> HookService::keep(EventHook hook, bool is_new) {
  const auto id = hook.id;
  const auto text = to_text(hook);
  hook.updated = impl_->clock.wall_now();
  if (is_new) hook.created = hook.updated;
  impl_->lines[id].hook = hook;
  std::vector<ledger::Body> bodies;
  if (is_new)
    bodies.emplace_back(ledger::EventHookCreated{id, text});
  else
    bodies.emplace_back(ledger::EventHookChanged{id, text});
  const auto done = co_await store_.append({}, std::move(bodies));
  if (!done) {
    reload();
    co_return done.error();
  }
  co_return hook;
}

asio::awaitable<result<EventHook>> HookService::create(EventHook hook) {
  if (impl_->lines.size() >= max_event_hooks)
    co_return Error{errc::too_large, "an organization has at most 25 event hooks"};
  hook.id = new_id<ledger::EventHookId>("who");
  co_return co_await keep(std::move(hook), true);
}

asio::awaitable<result<EventHook>> HookService::replace(EventHook hook) {
  const auto before = find(hook.id);
  if (!before) co_return Error{errc::not_found, hook.id.str()};
  hook.created = before->created;
  hook.created_by = before->created_by;
  hook.is_active = before->is_active;
  // Another receiver has proved nothing yet.
  hook.is_verified = before->is_verified && hook.has_channel_of(*before);
  co_return co_await keep(std::move(hook), false);
}

asio::awaitable<result<EventHook>> HookService::set_active(ledger::EventHookId id, bool is_active) {
  auto hook = find(id);
  if (!hook) co_return Error{errc::not_found, id.str()};
  if (hook->is_active == is_active) co_return *hook;
  hook->is_active = is_active;
  co_return co_await keep(std::move(*hook), false);
}

asio::awaitable<result<void>> HookService::remove(ledger::EventHookId id) {
  if (impl_->lines.erase(id) == 0) co_return Error{errc::not_found, id.str()};
  std::vector<ledger::Body> bodies;
  bodies.emplace_back(ledger::EventHookDeleted{id});
  const auto done = co_await store_.append({}, std::move(bodies));
  if (!done) {
    reload();
    co_return done.error();
  }
  co_return result<void>{};
}

asio::awaitable<result<EventHook>> HookService::verify(ledger::EventHookId id, std::string origin) {
  const auto asked = find(id);
  if (!asked) co_return Error{errc::not_found, id.str()};
  const auto challenge = random_id("", 40);
  const auto answer = co_await impl_->send(*asked, verification_request(*asked, challenge));
  if (const auto why = check_verification(answer, challenge); !why.empty()) co_return Error{errc::denied, why};
  auto hook = find(id);
  if (!hook) co_return Error{errc::not_found, id.str()};
  if (!hook->has_channel_of(*asked)) co_return Error{errc::denied, "the channel was changed while it was verified"};
  hook->is_verified = true;
  hook->origin = std::move(origin);
  co_return co_await keep(std::move(*hook), false);
}

}  // namespace dirbridge::hub
