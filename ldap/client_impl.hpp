// The state of a Client, shared with its coroutines: they may outlive it by a turn of the loop. Internal to ldap/.
#pragma once
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "ldap/client.hpp"
#include "ldap/connection.hpp"
#include "ldap/own_rights.hpp"
#include "ldap/refused_credentials.hpp"
#include "net/deadline.hpp"

namespace dirbridge::ldap {

// One connection and how it comes back.
struct Channel {
  explicit Channel(const asio::any_io_executor& executor) : changed(executor) {}
  std::shared_ptr<Connection> connection;
  bool connecting = false;
  int failures = 0;  // in a row
  Error last;        // of the latest failure, while failures > 0
  bool needs_a_person = false;
  TimePoint next_attempt{};
  net::Signal changed;
};

struct Client::Impl : std::enable_shared_from_this<Client::Impl> {
  Impl(asio::any_io_executor ex, ClientSettings s);

  // An open connection, made if necessary, before `deadline`.
  asio::awaitable<result<std::shared_ptr<Connection>>> acquire(Channel& channel, TimePoint deadline);
  static asio::awaitable<void> connect(std::shared_ptr<Impl> self, Channel& channel);
  // `credentials`: fingerprint of those that are shown. is_wrong_secret: every server has refused them, now or lately.
  asio::awaitable<Opened> try_servers(const std::string& credentials);
  result<ConnectionSettings> connection_settings(const ServerUrl& url);
  void on_opened(Channel& channel, Opened opened);
  // Every server has refused the credentials, and they are not shown to any of them again yet. Those whose files have
  // changed since are.
  std::optional<Error> rest_of_credentials();
  milliseconds pause_for_a_person() const { return std::max(settings.refused_interval, settings.reconnect_base); }
  void stop();

  // A read that failed because its connection had ended unnoticed is repeated once on a new one.
  asio::awaitable<result<std::vector<bool>>> has_values(const Dn& target, const std::string& attribute,
                                                        const std::vector<Dn>& values, TimePoint deadline);
  asio::awaitable<result<std::vector<bool>>> are_here(const std::vector<Dn>& names, TimePoint deadline);
  // Marks in `here` what can be proved with few searches; nothing is said about the rest. The error: no connection.
  asio::awaitable<std::optional<Error>> see_together(const std::vector<Dn>& names,
                                                     const std::vector<std::size_t>& asked, std::vector<bool>& here,
                                                     TimePoint deadline);
  // Operations start(0) … start(count-1) on the reading connection, as many at a time as the window takes, and what the
  // judge says of each.
  using StartOne = std::function<std::shared_ptr<Operation>(Connection&, std::size_t)>;
  using JudgeOne = std::function<result<bool>(const Operation&, std::size_t)>;
  asio::awaitable<result<std::vector<bool>>> each(std::size_t count, const StartOne& start, const JudgeOne& judge,
                                                  TimePoint deadline);
  // Base searches question(0) … question(count-1): which find something?
  // `absent_is_no`: an entry that is not there (32), or whose name points to another server, is a no, else an error.
  asio::awaitable<result<std::vector<bool>>> probe(std::size_t count,
                                                   const std::function<SearchRequest(std::size_t)>& question,
                                                   bool absent_is_no, TimePoint deadline);
  asio::awaitable<result<std::uint64_t>> search(SearchRequest request, const EntrySink& sink, milliseconds idle);
  // One request, all its entries to the sink.
  asio::awaitable<result<std::uint64_t>> search_page(Connection& connection, const SearchRequest& request,
                                                     PageRequest page, const EntrySink& sink, milliseconds idle,
                                                     std::string& cookie);
  asio::awaitable<result<void>> complete_ranges(Connection& connection, Entry& entry, milliseconds idle);

  asio::any_io_executor executor;
  ClientSettings settings;
  Channel writing;
  Channel reading;
  // Of the server in use: nullopt until kind() asked it. The servers of one directory are of one kind: until then the
  // one before is believed.
  std::optional<ServerKind> kind;
  ServerKind presumed = ServerKind::generic;
  bool tracks = false;            // it takes the session tracking control
  bool slow_by_entry_dn = false;  // it was once: the names of entries are not asked for together any more
  asio::awaitable<result<ServerKind>> ask_kind(TimePoint deadline);
  asio::awaitable<result<std::optional<Forecast>>> forecast(ModifyRequest request, TimePoint deadline);
  // What the server says that our account may do with an entry; nullopt: it cannot be asked, or does not say.
  asio::awaitable<result<std::optional<OwnRights>>> ask_rights(const Dn& target, TimePoint deadline);
  // One operation that changes nothing, on the reading connection, to its end.
  using Start = std::function<std::shared_ptr<Operation>(Connection&)>;
  struct Said {
    std::size_t server = 0;
    Result result;
    std::string value;           // of an extended operation
    std::optional<Entry> entry;  // the last
  };
  asio::awaitable<result<Said>> ask(Start start, TimePoint deadline);
  // Of a modify under the No-Op control; one server after the other, as long as they take no changes.
  asio::awaitable<result<std::optional<Forecast>>> attempt(ModifyRequest request, TimePoint deadline);
  ServerKind known_kind() const { return kind.value_or(presumed); }
  // Of the answer to a modify: is it no word about the change, which another server or another form may carry?
  std::optional<Error> judge(std::size_t server, bool tracked, const Operation& over);
  // Likewise of a result: does the server take no changes at all? It is then passed over for another one, if there is
  // one.
  std::optional<Error> judge_read_only(std::size_t server, const Result& result);
  // A filter finds only what the account may search for. `found`: what it found, some of them absent. These prove that
  // they are (client_absent.cpp), find them in another way, or say errc::denied: they may be there.
  asio::awaitable<result<std::vector<bool>>> prove_absent(const Dn& target, const std::string& attribute,
                                                          const std::vector<Dn>& values, std::vector<bool> found,
                                                          TimePoint deadline);
  // OpenLDAP tells by a compare, for each value.
  asio::awaitable<result<std::vector<bool>>> compare_each(const Dn& target, const std::string& attribute,
                                                          const std::vector<Dn>& values, std::vector<bool> found,
                                                          TimePoint deadline);
  // Others by the group: nothing is hidden where something is seen, or where the server says that we may see it.
  asio::awaitable<result<std::vector<bool>>> see_any(const Dn& target, const std::string& attribute,
                                                     const std::vector<Dn>& values, std::vector<bool> found,
                                                     TimePoint deadline);
  // The keys of all values that the account may read.
  asio::awaitable<result<std::unordered_set<std::string>>> read_keys(const Dn& target, const std::string& attribute,
                                                                     TimePoint deadline);
  // The server in use has changed: the channels that go to another one end.
  void follow();
  // A server that keeps its connections and answers nothing is left for another one, if there is one. What was sent to
  // it stays open: it may still be done.
  void leave_if_frozen();
  // Why better servers are not in use, and whether the one in use takes no changes; empty if all is well.
  std::string passed_over() const;
  std::string state_of(const ServerChoice::Passed& passed) const;
  std::string other_failures(const std::string& said) const;
  static asio::awaitable<void> try_better(std::shared_ptr<Impl> self, std::size_t server);
  std::vector<RefusedCredentials> refused;  // by each server, on either channel
  ServerChoice choice;                      // where both channels go
  bool trying_better = false;
  std::shared_ptr<net::TlsClientContext> system_tls;  // once made
  bool stopped = false;
  bool paging = false;  // a paged search is under way
  net::Signal page_turn;
};

// The name of the entry above; empty: there is none. `name` as Dn::text() gives it.
std::string_view parent_of(std::string_view name);

// For the life of a read: whatever happens to the coroutine, the server is told and the slot is free.
class ReadGuard {
 public:
  ReadGuard(std::shared_ptr<Connection> connection, std::shared_ptr<Operation> operation)
      : connection_(std::move(connection)), operation_(std::move(operation)) {}
  ReadGuard(ReadGuard&&) noexcept = default;
  ReadGuard& operator=(ReadGuard&&) = delete;
  ~ReadGuard() {
    if (operation_) connection_->abandon(*operation_);
  }
  Operation& operator*() const { return *operation_; }
  Operation* operator->() const { return operation_.get(); }

 private:
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Operation> operation_;
};

}  // namespace dirbridge::ldap
