// The directory as the agent sees it: one modify at a time, reads, streamed searches; every wait has a deadline.
//
// An interface because the agent's lanes are tested against a scripted directory. The real one is ldap::Client
// (client.hpp): it connects, secures, binds and reconnects on demand. All calls on the io_context's thread.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "ldap/dn.hpp"
#include "ldap/result.hpp"

namespace dirbridge::ldap {

namespace asio = boost::asio;

// Unknown servers are generic: treated as the standards say.
enum class ServerKind { generic, openldap, ds389, active_directory };

// A delta on one attribute of one entry. There is no replace, on purpose: a membership is never overwritten.
struct ModifyRequest {
  Dn target;
  std::string attribute;
  std::vector<Dn> add;
  std::vector<Dn> remove;
  std::string correlation;  // request ids for the log line
  // Set by the client that knows its server: how names are told to it (wire_name()).
  ServerKind kind = ServerKind::generic;
  bool tracked = false;  // `correlation` goes along in the session tracking control, for the server's own log
};

// What became of a modify.
struct ModifyReply {
  enum class Fate {
    answered,  // `result` is the server's word
    not_sent,  // no byte of it left: nothing can have changed. `error` says why
    pending,   // sent, no answer by the deadline; wait() may be called again
    lost,      // sent, and then the connection ended: it can no longer run, whether it did must be read
  };
  Fate fate{};
  Result result;
  Error error;
  std::string server{};  // the URL it was sent to; empty if it was not
};

// A modify on its way. Destroying it does not cancel it (RFC 4511 4.11: abandon does not undo).
class PendingModify {
 public:
  virtual ~PendingModify() = default;
  // One waiter at a time. Never returns `pending` before `deadline`.
  virtual asio::awaitable<ModifyReply> wait(TimePoint deadline) = 0;
};

enum class Scope { base, one_level, subtree };
struct Attribute {
  std::string name;  // attribute description as the server spelled it
  std::vector<std::string> values;
};
struct Entry {
  std::string dn;
  std::vector<Attribute> attributes;
  const Attribute* find(std::string_view name) const;  // case-insensitive, options ignored
  std::string first(std::string_view name) const;      // empty if absent
};
struct SearchRequest {
  std::string base;
  Scope scope = Scope::subtree;
  std::string filter = "(objectClass=*)";  // RFC 4515; build it with filter.hpp, never by hand
  std::vector<std::string> attributes{};   // empty: all user attributes
  std::uint32_t page_size = 500;           // RFC 2696 paging; 0 = unpaged
};
// Called per entry, in order; the search reads on only when it returned (memory stays flat).
using EntrySink = std::function<asio::awaitable<void>(Entry)>;

enum class DirectoryState { disconnected, connecting, connected, unhealthy };
struct DirectoryStatus {
  DirectoryState state = DirectoryState::disconnected;
  std::string server;  // the URL in use
  // When unhealthy: a sentence a person can act on, and the state of each other server that failed. When connected: why
  // a better server is not the one in use, or that the one in use takes no changes.
  std::string detail;
};

// What a server says of a modify that is not made.
struct Forecast {
  Result result;
  // It looked at these very values. Otherwise it told what the account may do, and will say the same of other values.
  bool is_of_values = false;
  // False: a refusal may be wrong. It followed from what is told of rights, and the server tells the same where a rule
  // gives the right for some values only, and while its database is read-only.
  bool is_certain = true;
};

class Directory {
 public:
  virtual ~Directory() = default;
  // Connects if necessary, hands the request to the wire (waiting for room in the window), and returns at once after
  // that. If it could not be sent by `deadline` the returned modify says not_sent.
  virtual asio::awaitable<std::unique_ptr<PendingModify>> modify(ModifyRequest request, TimePoint deadline) = 0;
  // For each value: does `target` hold it now? One base search with (attribute=value) each; what that does not find is
  // proved absent, or the error is errc::denied: it may be hidden from us. noSuchObject (32): the entry is not there.
  virtual asio::awaitable<result<std::vector<bool>>> has_values(Dn target, std::string attribute,
                                                                std::vector<Dn> values, TimePoint deadline) = 0;
  // For each name: is the entry with its stable id under it? false: it is elsewhere, or gone. Names without a stable id
  // are taken to be where they were. One base search each, pipelined; or many in one, with the same proof for each.
  virtual asio::awaitable<result<std::vector<bool>>> are_here(std::vector<Dn> names, TimePoint deadline) = 0;
  // Every page and range to the end, or an error: success means the server proved completeness. `idle` bounds each wait
  // for the next message, not the whole.
  virtual asio::awaitable<result<std::uint64_t>> search(SearchRequest request, EntrySink sink, milliseconds idle) = 0;
  virtual DirectoryStatus status() const = 0;
  // Which server serves us now; asked of it once for each server.
  virtual asio::awaitable<result<ServerKind>> kind(TimePoint deadline) {
    static_cast<void>(deadline);
    co_return ServerKind::generic;
  }
  // The server's own word on what would come of a modify, without a change of anything: nullopt where it cannot be
  // asked. An error: no answer, or the server takes no changes now.
  virtual asio::awaitable<result<std::optional<Forecast>>> forecast(ModifyRequest request, TimePoint deadline) {
    static_cast<void>(request);
    static_cast<void>(deadline);
    co_return std::optional<Forecast>{};
  }
};

}  // namespace dirbridge::ldap
