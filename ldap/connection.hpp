// One LDAP association: connected, secured and bound by open(), then any number of operations at a time.
//
// A writer takes queued operations while the window has room; a reader completes them by msgid. Whatever ends the
// connection ends every operation on it exactly once. Single-threaded; the two loops keep it alive while it is open.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/secret.hpp"
#include "ldap/kerberos_settings.hpp"
#include "ldap/operation.hpp"
#include "ldap/server_url.hpp"
#include "ldap/session.hpp"
#include "ldap/silence.hpp"
#include "net/stream.hpp"

namespace dirbridge::ldap {

struct ConnectionSettings {
  enum class Bind { anonymous, simple, external, gssapi };

  ServerUrl url;
  bool starttls = false;
  std::shared_ptr<net::TlsClientContext> tls;  // for ldaps and StartTLS
  Bind bind = Bind::anonymous;
  std::string bind_dn;
  Secret password;
  KerberosSettings kerberos;  // of gssapi
  milliseconds connect_timeout{5000};
  milliseconds tls_timeout{5000};
  milliseconds bind_timeout{5000};
  // slapd ends an authenticated session at 1000 pending requests (conn_max_pending_auth); 64 keeps the pipe full and
  // leaves room for other clients of the same bind.
  std::size_t window = 64;
  milliseconds idle{300'000};  // nothing to do for so long: unbind. 0: never
  SessionLimits limits{};
};

class Connection;
struct Opened {
  std::shared_ptr<Connection> connection;  // null: `error` says at which step and why
  Error error;
  bool needs_a_person = false;   // credentials, certificates, settings: trying again soon is no use
  bool is_wrong_secret = false;  // the password or the key itself: each further try may lock the account
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Connect, TLS or StartTLS, bind: each step under its own deadline.
  static asio::awaitable<Opened> open(asio::any_io_executor executor, ConnectionSettings settings);
  ~Connection();

  bool is_open() const { return open_ && !retiring_; }
  bool is_idle() const { return queue_.empty() && outstanding_.empty(); }
  // How long answers have been owed and nothing at all has come.
  milliseconds silent_for(TimePoint now) const { return silence_.lasts(now); }
  const ServerUrl& url() const { return settings_.url; }

  std::shared_ptr<Operation> start_modify(ModifyRequest request);
  std::shared_ptr<Operation> start_search(SearchRequest request, PageRequest page = {},
                                          std::vector<Control> controls = {});
  std::shared_ptr<Operation> start_compare(std::string dn, std::string attribute, std::string value);
  std::shared_ptr<Operation> start_attempt(Attempt attempt);
  std::shared_ptr<Operation> start_attempt(ModifyRequest request);
  std::shared_ptr<Operation> start_who_am_i();
  // If no byte of it has left: takes it back and says true; it will never be sent.
  bool withdraw(Operation& operation);
  // Reads only: the caller wants no more of it. A sent one is abandoned (one Abandon PDU), its slot is free at once.
  void abandon(Operation& operation);
  // Tells the reader that entries of an operation were taken.
  void resume() { room_.notify(); }

  // Unbinds when the last operation is over, or when the server has said nothing for `idle`; takes no new ones
  // (is_open() is false).
  void retire();
  // Ends it now: everything sent is lost, everything queued was never sent.
  void end(Error why);

 private:
  Connection(asio::any_io_executor executor, net::Stream stream, ConnectionSettings settings);
  void keep_alive();
  asio::awaitable<Opened> secure_and_bind();
  // `refusal`: the server's last word. Otherwise the error says which step failed.
  asio::awaitable<result<void>> bind_gssapi(Result& refusal);
  asio::awaitable<result<Session::Message>> exchange(result<int> msgid, Session::Message::Kind kind);
  asio::awaitable<result<Session::Message>> exchange_until(result<int> msgid, Session::Message::Kind kind,
                                                           milliseconds timeout, std::string what);
  void run();
  std::shared_ptr<Operation> enqueue(Session::Message::Kind kind, Operation::Encode encode);
  std::string admit();
  void take(Session::Message message);
  void fail(Operation& operation, const Error& why, bool was_sent);
  bool is_backlogged() const;
  static asio::awaitable<void> write_loop(std::shared_ptr<Connection> self);
  static asio::awaitable<void> read_loop(std::shared_ptr<Connection> self);
  static asio::awaitable<void> idle_loop(std::shared_ptr<Connection> self);
  static asio::awaitable<void> expiry_loop(std::shared_ptr<Connection> self);

  asio::any_io_executor executor_;
  net::Stream stream_;
  ConnectionSettings settings_;
  Session session_;
  std::deque<std::shared_ptr<Operation>> queue_;
  std::unordered_map<int, std::shared_ptr<Operation>> outstanding_;
  bool open_ = true;
  bool retiring_ = false;
  TimePoint last_used_;
  std::optional<TimePoint> good_until_;  // of a bind with a ticket
  Silence silence_;
  net::Signal work_;  // something to write, room in the window, or the end
  net::Signal room_;  // entries were taken, or the end
  net::Signal over_;  // the end
};

}  // namespace dirbridge::ldap
