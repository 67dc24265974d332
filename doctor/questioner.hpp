// One connection to the directory, asked by one coroutine; the server's own result codes come back unjudged.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "ldap/connection_settings.hpp"

namespace dirbridge::doctor {

namespace asio = boost::asio;

struct Answer {
  ldap::Result result;
  std::vector<ldap::Entry> entries{};
  std::string value{};  // of who_am_i()
  std::vector<ldap::Control> controls{};
  Error lost{};  // no answer came; `result` says nothing
  bool ok() const { return !lost.code && result.ok(); }
};

// All calls on the io_context's thread, one at a time.
class Questioner {
 public:
  static constexpr std::size_t most_entries = 10'000;

  Questioner(std::shared_ptr<ldap::Connection> connection, milliseconds patience)
      : connection_(std::move(connection)), patience_(patience) {}
  ~Questioner() { connection_->retire(); }
  Questioner(const Questioner&) = delete;
  Questioner& operator=(const Questioner&) = delete;

  std::string url() const { return connection_->url().text(); }
  // An answer did not come: the connection is of no more use.
  bool is_lost() const { return is_lost_; }

  // Unpaged, all entries at once: for base searches.
  asio::awaitable<Answer> entry(std::string dn, std::vector<std::string> attributes,
                                std::vector<ldap::Control> controls = {});
  // The same for any search of few entries: no more than `most_entries` are taken, then it is abandoned as too large.
  asio::awaitable<Answer> entries(ldap::SearchRequest request, std::vector<ldap::Control> controls = {});
  // A search that ends only when it is refused: until its first entry, or for `quiet` without a word, then abandoned.
  // The result is then success; the entry is in the answer.
  asio::awaitable<Answer> listen(ldap::SearchRequest request, ldap::Control control, milliseconds quiet);
  // In pages to the end; `take` is called for each entry, and the answer has none. Ten minutes at most.
  asio::awaitable<Answer> search(ldap::SearchRequest request, std::function<void(const ldap::Entry&)> take);
  asio::awaitable<Answer> modify(ldap::ModifyRequest request);
  // All under way at once, as the window allows: for requests of which none is changed by another. Answers in order.
  asio::awaitable<std::vector<Answer>> modify_each(std::vector<ldap::ModifyRequest> requests);
  asio::awaitable<Answer> attempt(ldap::Attempt attempt);
  asio::awaitable<std::vector<Answer>> attempt_each(std::vector<ldap::Attempt> attempts);
  asio::awaitable<Answer> who_am_i();  // RFC 4532

 private:
  asio::awaitable<std::vector<Answer>> wait_each(std::vector<std::shared_ptr<ldap::Operation>> operations);
  // `take`: false, and no more is wanted.
  asio::awaitable<Answer> wait(std::shared_ptr<ldap::Operation> operation, std::function<bool(const ldap::Entry&)> take,
                               TimePoint until = TimePoint::max());
  std::shared_ptr<ldap::Connection> connection_;
  milliseconds patience_;  // for each message
  bool is_lost_ = false;
};

}  // namespace dirbridge::doctor
