#include "ldap/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "base/log.hpp"

namespace dirbridge::ldap {
namespace {

using Kind = Session::Message::Kind;

constexpr std::size_t read_buffer_bytes = 64 << 10;
constexpr std::size_t write_batch_bytes = 1 << 20;
// A search that sends faster than its entries are taken stops the reader here; a page of the usual size never does.
constexpr std::size_t max_untaken_entries = 2000;
// So do entries of this size together: one more may be that of the largest message.
constexpr std::size_t max_untaken_bytes = 32 << 20;

TimePoint now() { return std::chrono::steady_clock::now(); }

}  // namespace

std::shared_ptr<Operation> Connection::start_modify(ModifyRequest request) {
  return enqueue(Kind::modify, [request = std::move(request)](Session& s) { return s.submit_modify(request); });
}

std::shared_ptr<Operation> Connection::start_search(SearchRequest request, PageRequest page,
                                                    std::vector<Control> controls) {
  return enqueue(Kind::search_done,
                 [request = std::move(request), page = std::move(page), controls = std::move(controls)](Session& s) {
                   return s.submit_search(request, page, controls);
                 });
}

std::shared_ptr<Operation> Connection::start_compare(std::string dn, std::string attribute, std::string value) {
  return enqueue(Kind::compare, [dn = std::move(dn), attribute = std::move(attribute), value = std::move(value)](
                                    Session& s) { return s.submit_compare(dn, attribute, value); });
}

std::shared_ptr<Operation> Connection::start_attempt(Attempt attempt) {
  const auto answer = attempt.kind == Attempt::Kind::add_entry      ? Kind::add_entry
                      : attempt.kind == Attempt::Kind::delete_entry ? Kind::delete_entry
                                                                    : Kind::modify;
  return enqueue(answer, [attempt = std::move(attempt)](Session& s) { return s.submit_attempt(attempt); });
}

std::shared_ptr<Operation> Connection::start_attempt(ModifyRequest request) {
  return enqueue(Kind::modify, [request = std::move(request)](Session& s) { return s.submit_attempt(request); });
}

std::shared_ptr<Operation> Connection::start_who_am_i() {
  return enqueue(Kind::extended, [](Session& s) { return s.submit_who_am_i(); });
}

std::shared_ptr<Operation> Connection::enqueue(Kind kind, Operation::Encode encode) {
  auto operation = std::make_shared<Operation>(executor_, kind, std::move(encode));
  if (!is_open()) {
    fail(*operation, {errc::closed, "the connection to " + settings_.url.text() + " has ended"}, false);
    return operation;
  }
  queue_.push_back(operation);
  work_.notify();
  return operation;
}

bool Connection::withdraw(Operation& operation) {
  if (operation.state != Operation::State::queued) return false;
  std::erase_if(queue_, [&](const auto& queued) { return queued.get() == &operation; });
  fail(operation, Error{errc::cancelled, "withdrawn before it was sent"}, false);
  return true;
}

void Connection::abandon(Operation& operation) {
  if (operation.is_over() || withdraw(operation)) return;
  session_.abandon(operation.msgid);
  const auto keep = outstanding_.extract(operation.msgid);
  fail(operation, Error{errc::cancelled, "abandoned"}, true);
  if (outstanding_.empty()) silence_.gave_up(now());
  work_.notify();  // the Abandon PDU, and the free slot
  room_.notify();
}

void Connection::retire() {
  retiring_ = true;
  work_.notify();
}

void Connection::end(Error why) {
  if (!std::exchange(open_, false)) return;
  log::debug("ldap.closed", {{"server", settings_.url.text()},
                             {"outstanding", outstanding_.size()},
                             {"queued", queue_.size()},
                             {"reason", why.message()}});
  stream_.close();
  const auto outstanding = std::exchange(outstanding_, {});
  const auto queue = std::exchange(queue_, {});
  for (const auto& [msgid, operation] : outstanding) fail(*operation, why, true);
  for (const auto& operation : queue) fail(*operation, why, false);
  work_.notify();
  room_.notify();
  over_.notify();
}

void Connection::fail(Operation& operation, const Error& why, bool was_sent) {
  operation.state = Operation::State::failed;
  operation.was_sent = was_sent;
  operation.error = why;
  operation.changed.notify();
}

void Connection::run() {
  last_used_ = now();
  asio::co_spawn(executor_, write_loop(shared_from_this()), asio::detached);
  asio::co_spawn(executor_, read_loop(shared_from_this()), asio::detached);
  if (good_until_) asio::co_spawn(executor_, expiry_loop(shared_from_this()), asio::detached);
  if (settings_.idle > 0ms) asio::co_spawn(executor_, idle_loop(shared_from_this()), asio::detached);
}

// What the next write takes: Abandon PDUs, then queued operations while window and batch have room. An operation counts
// as sent from here on, because its bytes go to the socket before anything else happens.
std::string Connection::admit() {
  std::string bytes = session_.take_output();
  while (!queue_.empty() && outstanding_.size() < settings_.window && bytes.size() < write_batch_bytes) {
    const auto operation = std::move(queue_.front());
    queue_.pop_front();
    const auto msgid = operation->encode(session_);
    if (!msgid) {
      operation->is_refused = true;
      fail(*operation, msgid.error(), false);
      continue;
    }
    operation->msgid = *msgid;
    operation->state = Operation::State::sent;
    operation->was_sent = true;
    operation->changed.notify();
    outstanding_.emplace(*msgid, operation);
    silence_.asked(now());
    bytes += session_.take_output();
  }
  if (bytes.empty() && retiring_ && is_idle()) session_.submit_unbind();
  return bytes.empty() ? session_.take_output() : bytes;
}

asio::awaitable<void> Connection::write_loop(std::shared_ptr<Connection> self) {
  while (self->open_) {
    const std::string bytes = self->admit();
    if (const auto& broken = self->session_.broken()) {
      self->end(*broken);
      co_return;
    }
    if (bytes.empty()) {
      co_await self->work_.wait();
      continue;
    }
    self->last_used_ = now();
    const auto [ec, count] = co_await asio::async_write(self->stream_, asio::buffer(bytes), net::as_result);
    if (ec) self->end({errc::closed, "writing to " + self->settings_.url.text() + " failed: " + ec.message()});
    if (self->retiring_ && self->is_idle()) self->end({errc::closed, "unbound"});
  }
}

bool Connection::is_backlogged() const {
  std::size_t bytes = 0;
  for (const auto& [msgid, operation] : outstanding_) {
    if (operation->entries.size() > max_untaken_entries) return true;
    bytes += operation->entry_bytes;
  }
  return bytes > max_untaken_bytes;
}

asio::awaitable<void> Connection::read_loop(std::shared_ptr<Connection> self) {
  std::string buffer(read_buffer_bytes, '\0');
  while (self->open_) {
    if (self->is_backlogged()) {
      co_await self->room_.wait();
      self->silence_.heard(now(), true);  // it was us who did not listen
      continue;
    }
    const auto [ec, count] = co_await self->stream_.async_read_some(asio::buffer(buffer), net::as_result);
    if (!self->open_) co_return;
    if (ec) {
      const bool orderly = ec == asio::error::eof;
      self->end(
          {errc::closed, self->settings_.url.text() + (orderly ? " closed the connection" : ": " + ec.message())});
      co_return;
    }
    auto messages = self->session_.feed(std::string_view{buffer}.substr(0, count));
    if (!messages) {
      log::warn("ldap.protocol", {{"server", self->settings_.url.text()}, {"reason", messages.error().message()}});
      self->end(messages.error());
      co_return;
    }
    for (auto& message : *messages) self->take(std::move(message));
    if (!messages->empty()) self->silence_.heard(now(), !self->outstanding_.empty());
  }
}

void Connection::take(Session::Message message) {
  if (!open_) return;
  last_used_ = now();
  if (message.kind == Kind::notice) {
    if (message.oid == Session::notice_of_disconnection)
      end({errc::closed,
           settings_.url.text() + " announced the end of the connection: " + to_error(message.result).message()});
    return;
  }
  const auto found = outstanding_.find(message.msgid);
  if (found == outstanding_.end()) return;  // abandoned meanwhile
  const auto operation = found->second;
  const bool is_search = operation->answer == Kind::search_done;
  if (is_search && message.kind == Kind::search_entry) {
    operation->add_entry(std::move(message.entry));
    operation->changed.notify();
    return;
  }
  if (is_search && message.kind == Kind::search_reference) {
    log::debug("ldap.reference", {{"server", settings_.url.text()},
                                  {"to", message.result.referrals.empty() ? "" : message.result.referrals.front()}});
    return;
  }
  if (is_search && message.kind == Kind::intermediate) return;  // RFC 4533: Sync Info
  if (message.kind != operation->answer)
    return end({errc::protocol, settings_.url.text() + " answered an operation with the answer of another kind"});
  outstanding_.erase(found);
  operation->result = std::move(message.result);
  operation->cookie = std::move(message.cookie);
  operation->value = std::move(message.value);
  operation->controls = std::move(message.controls);
  operation->state = Operation::State::answered;
  operation->changed.notify();
  if (!queue_.empty() || retiring_) work_.notify();
}

asio::awaitable<void> Connection::idle_loop(std::shared_ptr<Connection> self) {
  while (self->open_) {
    const TimePoint quiet = self->last_used_ + self->settings_.idle;
    if (now() >= quiet && self->retiring_) {
      self->end({errc::closed, self->settings_.url.text() + " was left, and has said nothing since"});
      co_return;
    }
    if (now() >= quiet && self->is_idle()) {
      log::debug("ldap.idle", {{"server", self->settings_.url.text()}});
      self->retire();
      co_return;
    }
    co_await self->over_.wait(std::max(quiet, now() + self->settings_.idle / 4));
  }
}

}  // namespace dirbridge::ldap
