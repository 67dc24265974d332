#include "agent/locate_group.hpp"

#include <algorithm>
#include <exception>

#include "ldap/filter.hpp"
#include "net/deadline.hpp"

namespace dirbridge::agent {
namespace {

asio::awaitable<result<std::optional<ldap::Dn>>> search_bases(ldap::Directory& directory,
                                                              std::vector<std::string> bases, std::string stable_id,
                                                              milliseconds idle) {
  for (const auto& base : bases) {
    std::string found;
    // "1.1": no attributes (RFC 4511 section 4.5.1.8).
    ldap::SearchRequest request{
        base, ldap::Scope::subtree, ldap::Filter::equality("entryUUID", stable_id).text(), {"1.1"}, 0};
    ldap::EntrySink sink = [&found](ldap::Entry entry) -> asio::awaitable<void> {
      if (found.empty()) found = std::move(entry.dn);
      co_return;
    };
    auto searched = co_await directory.search(std::move(request), std::move(sink), idle);
    if (!searched) {
      if (searched.error().code == ldap::condition::not_found) continue;  // a base that is gone holds nothing
      co_return searched.error();
    }
    if (found.empty()) continue;
    auto name = ldap::Dn::parse(found);
    if (!name) co_return name.error();
    co_return std::optional{std::move(*name)};
  }
  co_return std::optional<ldap::Dn>{};
}

}  // namespace

asio::awaitable<result<std::optional<ldap::Dn>>> locate_group(ldap::Directory& directory,
                                                              std::vector<std::string> bases, std::string stable_id,
                                                              TimePoint deadline) {
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  std::string failure;
  try {
    auto found = co_await net::with_deadline(
        search_bases(directory, std::move(bases), std::move(stable_id), std::max(left, milliseconds{1})), deadline);
    if (found) co_return std::move(*found);
    failure = "the search for the group's stable id took too long";
  } catch (const std::exception& error) {
    failure = error.what();
  }
  co_return Error{errc::timed_out, failure};
}

}  // namespace dirbridge::agent
