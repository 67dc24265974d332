// A directory in memory that answers as OpenLDAP does, unless a script says otherwise. One thread, no network.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ldap/directory.hpp"
#include "net/deadline.hpp"

namespace dirbridge::test {

class ScriptedDirectory final : public ldap::Directory {
 public:
  using Fate = ldap::ModifyReply::Fate;
  // How the next modify goes, instead of being applied and answered.
  struct Trick {
    Fate fate = Fate::answered;
    int code = 0;       // with answered; 0: as the state says
    bool runs = false;  // with pending and lost: it is applied all the same
    std::string diagnostic = "scripted";
  };

  explicit ScriptedDirectory(ldap::asio::any_io_executor executor) : changed_(std::move(executor)) {}

  // ---- the script ----
  std::map<ldap::Dn, std::set<ldap::Dn>> groups;
  std::map<std::string, ldap::Dn> by_stable_id;  // found by a search for (entryUUID=…)
  std::set<std::string> hidden;                  // bases that the account cannot see
  std::deque<Trick> tricks;
  std::optional<Error> read_error;  // every read fails with it
  bool keeps_last_member = true;    // groupOfNames: 65
  std::set<ldap::Dn> bad_values;    // 21
  ldap::DirectoryStatus state{ldap::DirectoryState::connected, "ldap://scripted", {}};
  // While set, answers are held back: modifies are sent and wait.
  void hold_answers() { held_ = true; }
  void release_answers() {
    held_ = false;
    changed_.notify();
  }
  // A pending modify that was told to run later runs now, and its result comes.
  void run_pending() {
    for (auto& pending : pending_) {
      pending->reply = {Fate::answered, apply(pending->request), {}};
      pending->decided = true;
    }
    pending_.clear();
    changed_.notify();
  }
  // The entries a search finds, by base; a base that is missing here is error 32.
  std::map<std::string, std::vector<ldap::Entry>> entries;
  std::optional<Error> search_error;  // after the entries: the search was not complete

  // ---- what was seen ----
  std::vector<ldap::ModifyRequest> sent;
  std::vector<ldap::SearchRequest> searches;
  std::size_t reads = 0;
  std::size_t in_flight = 0;
  std::map<ldap::Dn, int> in_flight_by_group;
  std::size_t most_in_flight = 0;
  bool overlapped = false;  // two modifies of one group at once

  // ---- ldap::Directory ----
  ldap::asio::awaitable<std::unique_ptr<ldap::PendingModify>> modify(ldap::ModifyRequest request,
                                                                     TimePoint deadline) override {
    auto state_of = std::make_shared<Modify>();
    state_of->request = request;
    Trick trick;
    if (!tricks.empty()) {
      trick = tricks.front();
      tricks.pop_front();
    }
    const bool late = std::chrono::steady_clock::now() >= deadline;
    if (late || trick.fate == Fate::not_sent) {
      state_of->decided = true;
      state_of->reply = {Fate::not_sent, {}, Error{errc::unavailable, late ? "too late" : trick.diagnostic}};
      co_return std::make_unique<Pending>(*this, state_of);
    }
    sent.push_back(request);
    ++in_flight;
    most_in_flight = std::max(most_in_flight, in_flight);
    if (++in_flight_by_group[request.target] > 1) overlapped = true;
    state_of->counted = true;
    if (trick.fate == Fate::pending) {
      if (trick.runs) pending_.push_back(state_of);
    } else {
      state_of->decided = true;
      if (trick.fate == Fate::lost) {
        if (trick.runs) apply(request);
        state_of->reply = {Fate::lost, {}, Error{errc::closed, trick.diagnostic}};
      } else {
        state_of->reply = {
            Fate::answered, trick.code == 0 ? apply(request) : ldap::Result{trick.code, {}, trick.diagnostic, {}}, {}};
      }
    }
    changed_.notify();
    co_return std::make_unique<Pending>(*this, state_of);
  }

  ldap::asio::awaitable<result<std::vector<bool>>> has_values(ldap::Dn target, std::string,
                                                              std::vector<ldap::Dn> values, TimePoint) override {
    ++reads;
    changed_.notify();
    if (read_error) co_return *read_error;
    const auto group = groups.find(target);
    if (group == groups.end()) co_return Error{ldap::make_code(32)};
    std::vector<bool> has;
    for (const auto& value : values) has.push_back(group->second.contains(value));
    co_return has;
  }

  ldap::asio::awaitable<result<std::vector<bool>>> are_here(std::vector<ldap::Dn> names, TimePoint) override {
    std::vector<bool> here;
    for (const auto& name : names) {
      bool found = name.stable_id().empty();
      ldap::EntrySink sink = [&found](ldap::Entry) -> ldap::asio::awaitable<void> {
        found = true;
        co_return;
      };
      if (!found) {
        ldap::SearchRequest request{name.text(), ldap::Scope::base, "(entryUUID=" + name.stable_id() + ")", {"1.1"}, 0};
        const auto searched = co_await search(std::move(request), sink, milliseconds{0});
        if (!searched) co_return searched.error();
      }
      here.push_back(found);
    }
    co_return here;
  }

  ldap::asio::awaitable<result<std::uint64_t>> search(ldap::SearchRequest request, ldap::EntrySink sink,
                                                      milliseconds) override {
    searches.push_back(request);
    changed_.notify();
    if (request.filter.starts_with("(entryUUID=")) {
      if (search_error) co_return *search_error;
      const auto id = request.filter.substr(11, request.filter.size() - 12);
      const auto found = by_stable_id.find(id);
      if (found == by_stable_id.end() || !found->second.is_within(ldap::Dn::parse(request.base).value())) co_return 0u;
      ldap::Entry entry{found->second.text(), {}};
      co_await sink(std::move(entry));
      co_return 1u;
    }
    if (request.scope == ldap::Scope::base && request.attributes == std::vector<std::string>{"1.1"} &&
        !entries.contains(request.base)) {
      if (hidden.contains(request.base)) co_return 0u;
      ldap::Entry entry{request.base, {}};
      co_await sink(std::move(entry));
      co_return 1u;
    }
    const auto below = entries.find(request.base);
    if (below == entries.end()) co_return Error{ldap::make_code(32), request.base};
    std::uint64_t count = 0;
    for (const auto& entry : below->second) {
      auto copy = entry;
      co_await sink(std::move(copy));
      ++count;
    }
    if (search_error) co_return *search_error;
    co_return count;
  }

  ldap::DirectoryStatus status() const override { return state; }

  // As slapd: all or nothing; 32, 20, 16, 21, 65.
  ldap::Result apply(const ldap::ModifyRequest& request) {
    const auto group = groups.find(request.target);
    if (group == groups.end()) return {32, {}, "no such object", {}};
    auto members = group->second;
    for (const auto& value : request.add) {
      if (bad_values.contains(value)) return {21, {}, "invalid per syntax", {}};
      if (!members.insert(value).second) return {20, {}, "value exists", {}};
    }
    for (const auto& value : request.remove)
      if (members.erase(value) == 0) return {16, {}, "no such value", {}};
    if (members.empty() && keeps_last_member) return {65, {}, "requires attribute", {}};
    group->second = std::move(members);
    return {};
  }

 private:
  struct Modify {
    ldap::ModifyRequest request;
    ldap::ModifyReply reply;
    bool decided = false;
    bool counted = false;
  };
  class Pending final : public ldap::PendingModify {
   public:
    Pending(ScriptedDirectory& directory, std::shared_ptr<Modify> modify)
        : directory_(directory), modify_(std::move(modify)) {}
    ~Pending() override { forget(); }
    ldap::asio::awaitable<ldap::ModifyReply> wait(TimePoint deadline) override {
      for (;;) {
        if (modify_->decided && !directory_.held_) {
          forget();
          co_return modify_->reply;
        }
        if (std::chrono::steady_clock::now() >= deadline) {
          ldap::ModifyReply reply;
          reply.fate = Fate::pending;
          co_return reply;
        }
        co_await directory_.changed_.wait(deadline);
      }
    }

   private:
    void forget() {
      if (!modify_->counted) return;
      modify_->counted = false;
      --directory_.in_flight;
      --directory_.in_flight_by_group[modify_->request.target];
    }
    ScriptedDirectory& directory_;
    std::shared_ptr<Modify> modify_;
  };
  net::Signal changed_;
  bool held_ = false;
  std::vector<std::shared_ptr<Modify>> pending_;
};

}  // namespace dirbridge::test
