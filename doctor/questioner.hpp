// One connection to the directory, asked one thing at a time; the server's own result codes come back unjudged.
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
  Error lost{};         // no answer came; `result` says nothing
  bool ok() const { return !lost.code && result.ok(); }
};

// All calls on the io_context's thread, one at a time.
class Questioner {
 public:
  Questioner(std::shared_ptr<ldap::Connection> connection, milliseconds patience)
      : connection_(std::move(connection)), patience_(patience) {}
  ~Questioner() { connection_->retire(); }
  Questioner(const Questioner&) = delete;
  Questioner& operator=(const Questioner&) = delete;

  // Unpaged, all entries at once: for base searches.
  asio::awaitable<Answer> entry(std::string dn, std::vector<std::string> attributes);
  // In pages to the end; `take` is called for each entry, and the answer has none.
  asio::awaitable<Answer> search(ldap::SearchRequest request, std::function<void(const ldap::Entry&)> take);
  asio::awaitable<Answer> modify(ldap::ModifyRequest request);
  asio::awaitable<Answer> who_am_i();  // RFC 4532

 private:
  asio::awaitable<Answer> wait(std::shared_ptr<ldap::Operation> operation,
                               std::function<void(const ldap::Entry&)> take);
  std::shared_ptr<ldap::Connection> connection_;
  milliseconds patience_;  // for each message
};

}  // namespace dirbridge::doctor
