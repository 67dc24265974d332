// Where one situation is played: the agent's JobRunner over a real connection to one server, and what came of it.
#pragma once
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/job_runner.hpp"
#include "agent/previewer.hpp"
#include "integration/directories/server_under_test.hpp"

namespace dirbridge::directories {

class Stage {
 public:
  // One user (or group) as a job names it.
  struct Value {
    std::string dn;
    std::string stable_id;
  };
  struct Change {
    proto::Action action{};
    Value group;
    std::vector<Value> values;
    std::string attribute = "member";
    milliseconds remaining{120'000};
  };
  enum class Account { agent, reader };

  explicit Stage(ServerUnderTest& server);
  ~Stage();

  ServerUnderTest& server;
  agent::RunnerSettings settings;  // before the first send

  // As an import would have found them now.
  Value person(int number) const { return known(server.person(number)); }
  Value known(const std::string& dn) const { return {dn, server.stable_id(dn)}; }
  static Value by_name(std::string dn) { return {std::move(dn), {}}; }
  // A group of this stage's own with these people in it. Where a group must not be empty there is always person 200.
  Value group(const std::vector<int>& people, bool unique = false);
  static Change add(Value group, std::vector<Value> values) { return {proto::Action::add, group, values}; }
  static Change remove(Value group, std::vector<Value> values) { return {proto::Action::remove, group, values}; }

  void use(Account account) { account_ = account; }
  // Instead of an account's own settings.
  void connect_with(ldap::ClientSettings settings_of_client) { client_settings_ = std::move(settings_of_client); }
  bool wait_until_unhealthy();
  // Until the directory is unhealthy and its detail has these words.
  bool wait_until_told(const std::string& words);
  ldap::DirectoryStatus status() const;
  bool is_finished() const;
  // Delivers them together, as one frame of the hub; they may be merged.
  void deliver(const std::vector<Change>& changes);
  // Until every one has its final report. False after a minute.
  bool finish();
  // Until the modify before which before_modify() acted has been handed to the wire.
  bool wait_until_sent();
  // Called once, right before the next modify goes to the wire: what was looked up before it has been answered.
  void before_modify(std::function<void()> action);
  // Until a report says that the outcome of the last change is unknown.
  bool wait_until_unknown();
  // Until the deadline of the last change has passed.
  bool wait_past_deadline();
  // deliver() and finish(), then the verdicts of each: "applied", or "applied, already" value by value, jobs apart by
  // "; ".
  std::string play(const std::vector<Change>& changes);
  std::string verdicts(std::size_t from = 0) const;
  // A dry run of this change, as the agent makes it, on the same connection.
  proto::PreviewResult preview(const Change& change);
  // LDIF of the modifies that the server took, in order.
  const std::vector<std::string>& carried_out() const;

  // The last report of the n-th change.
  const proto::Outcome& outcome(std::size_t number = 0) const;

  // What the server answered to each modify, in order: "20 › 0"; "–" if none was sent.
  std::string codes() const;
  std::size_t modifies() const;
  std::size_t delivered() const { return jobs_.size(); }
  bool holds(const Value& group, const std::string& dn, const std::string& attribute = "member") const {
    return server.holds(group.dn, attribute, dn);
  }

 private:
  class Recorder;
  void open();
  static proto::MembershipChange to_change(const Change& change);
  template <class Condition>
  bool run_until(Condition condition);

  boost::asio::io_context context_{1};
  const Clock& clock_ = system_clock();
  Account account_ = Account::agent;
  std::optional<ldap::ClientSettings> client_settings_;
  std::shared_ptr<Recorder> recorder_;
  std::unique_ptr<agent::JobRunner> runner_;
  std::vector<agent::JobPtr> jobs_;
  std::map<JobId, proto::Report> reports_;
  std::map<JobId, bool> final_;
  int groups_ = 0;
};

}  // namespace dirbridge::directories
