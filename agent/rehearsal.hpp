// A directory on which nothing is written: what the agent's own parts do on it is a dry run of theirs.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ldap/directory.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

// Reads go to the real directory. A modify is answered from reads and from what the server foretells
// (ldap::Directory::forecast), as a server of its kind would, and kept; later reads of values show it as carried out.
// One group, one thread. What the codes follow from is in docs/directories.md; what nobody tells (rights on a server of
// an unknown kind, constraints outside OpenLDAP, plug-ins) is taken to be allowed.
class Rehearsal final : public ldap::Directory {
 public:
  // `bases`: below which entries are looked for.
  Rehearsal(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> real, std::vector<std::string> bases);

  // The modifies that would succeed, in order, with the kind of the server they are for.
  const std::vector<ldap::ModifyRequest>& carried_out() const { return carried_out_; }
  // Why a modify could not be answered: a read failed. It was answered with busy (51).
  const std::optional<Error>& failure() const { return failure_; }
  // The server itself foretold it: rights, and on OpenLDAP all that it checks.
  bool knows_rights() const { return knows_rights_; }
  // It foretold a refusal that may be wrong (ldap::Forecast::is_certain).
  bool doubts_rights() const { return doubts_rights_; }

  asio::awaitable<std::unique_ptr<ldap::PendingModify>> modify(ldap::ModifyRequest request,
                                                               TimePoint deadline) override;
  asio::awaitable<result<std::vector<bool>>> has_values(ldap::Dn target, std::string attribute,
                                                        std::vector<ldap::Dn> values, TimePoint deadline) override;
  asio::awaitable<result<std::vector<bool>>> are_here(std::vector<ldap::Dn> names, TimePoint deadline) override;
  asio::awaitable<result<std::uint64_t>> search(ldap::SearchRequest request, ldap::EntrySink sink,
                                                milliseconds idle) override;
  ldap::DirectoryStatus status() const override;
  asio::awaitable<result<ldap::ServerKind>> kind(TimePoint deadline) override;

 private:
  // The result code; an error: it cannot be told.
  asio::awaitable<result<int>> judge(const ldap::ModifyRequest& request, TimePoint deadline);
  asio::awaitable<result<int>> judge_values(const ldap::ModifyRequest& request, TimePoint deadline);
  asio::awaitable<result<int>> judge_names(const ldap::ModifyRequest& request, TimePoint deadline);
  asio::awaitable<result<int>> ask_server(const ldap::ModifyRequest& request, TimePoint deadline);
  asio::awaitable<result<int>> judge_last_member(const ldap::ModifyRequest& request, TimePoint deadline);
  // Of a base search: the entry, or none.
  asio::awaitable<result<std::optional<ldap::Entry>>> find(ldap::SearchRequest request, TimePoint deadline);
  void keep(const ldap::ModifyRequest& request);

  asio::any_io_executor executor_;
  std::shared_ptr<ldap::Directory> real_;
  std::vector<std::string> bases_;
  ldap::ServerKind kind_{};
  std::vector<ldap::ModifyRequest> carried_out_;
  std::map<std::string, bool> rehearsed_;  // by key: is it there after what was carried out?
  std::int64_t gained_ = 0;                // members, by what was carried out
  std::optional<Error> failure_;
  bool knows_rights_ = false;
  bool doubts_rights_ = false;
  std::map<std::pair<bool, bool>, int> told_of_rights_;  // by what a modify does not do: add, remove
};

}  // namespace dirbridge::agent
