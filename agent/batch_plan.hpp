// How one batch of changes of one group reaches the directory, and what is known about it at each moment. Pure: next()
// says what to do, on_*() take what came of it, take_progress() hands out verdicts as soon as they are certain.
//
// Optimistic: the whole batch as one modify. 0: every value was applied. Refused: nothing happened; read which values
// are as wanted already, drop those, send the rest; still refused: halve it, down to single jobs, so that one bad job
// cannot hurt its neighbours and a job stays all-or-nothing within one chunk. Sent and no word: unknown. Then the truth
// is found by waiting for the late result and by reading: the wanted state proves success; the other state proves
// nothing until the operation can no longer run (its result came, its connection ended, or `settle` passed with
// unchanged reads).
//
// The chunks of one large job are put together while the server is quick at them: slapd writes to the disk once for
// each modify, and a group with ten thousand members is written as a whole. What was put together and did not go
// through is cut into its chunks again, so that what is all or nothing is the same.
//
// Names grow old: entries are renamed and deleted between an import and a job, and their names go to others. Where a
// server takes any name for a member, the entries are looked up by their stable ids before a modify; a removal of what
// is not there counts as done only when the entry was looked up too (DirectoryRules).
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/directory_rules.hpp"
#include "agent/group_lane.hpp"
#include "agent/job.hpp"
#include "agent/whereabouts.hpp"
#include "ldap/directory.hpp"
#include "proto/outcome.hpp"

namespace dirbridge::agent {

struct PlanSettings {
  LaneLimits limits;
  LaneLimits most{0, 0};  // what the modifies of one large job may grow to, where the rules have them grow
  LaneLimits pace{0, 0};  // what those of the large job before had grown to: this one begins with as much
  milliseconds settle{30'000};
  milliseconds settle_interval{500};  // between reads, and between looks at an unanswered modify
  milliseconds read_timeout{2'000};
  milliseconds retry_base{100};  // between attempts when nothing could be sent; doubles
  milliseconds retry_max{2'000};
  DirectoryRules rules;
  LastMember last_member;
};

class BatchPlan {
 public:
  // Hand it to Directory::modify with `send_by`, then wait for its reply until `answer_by`.
  struct Send {
    ldap::ModifyRequest request;
    TimePoint send_by;
    TimePoint answer_by;
    std::vector<JobPtr> jobs;  // for the log line
  };
  // Wait again for the reply of the modify that was sent last.
  struct Wait {
    TimePoint until;
  };
  struct Read {
    ldap::Dn target;
    std::string attribute;
    std::vector<ldap::Dn> values;
    TimePoint deadline;
  };
  // Find the entry with this stable id: the group may have been renamed.
  struct Locate {
    std::string stable_id;
    TimePoint deadline;
  };
  // Where are these entries? Answered by on_looked().
  using Look = LookRequest;
  // Nothing to do until then, unless a job is cancelled.
  struct Pause {
    TimePoint until;
  };
  struct Done {};
  using Step = std::variant<Send, Wait, Read, Locate, Look, Pause, Done>;

  // What is known about a job: final once for each job, non-final when it becomes unknown.
  struct Progress {
    JobPtr job;
    bool final = true;
    proto::Outcome outcome;
  };

  // As GroupLane::take_batch() gives them: one attribute, no contradictions; a job to be reconciled comes alone.
  BatchPlan(std::vector<JobPtr> jobs, PlanSettings settings);

  // The directory turned out to be of this kind. Before anything was sent or read, otherwise ignored.
  void adopt(const DirectoryRules& rules);
  LaneLimits limits() const { return settings_.limits; }
  // For PlanSettings::pace of the next large job; none of a plan that was not about one.
  std::optional<LaneLimits> pace() const;

  // Call again after Pause, or when its on_*() was told.
  Step next(TimePoint now);
  void on_reply(ldap::ModifyReply reply, TimePoint now);  // to Send and Wait
  void on_read(result<std::vector<bool>> state, TimePoint now);
  // Before on_read(): it was read on another server than the one that may have made the change. Copies follow each
  // other with a delay, so that the end of the connection proves nothing there.
  void reads_elsewhere();
  void on_located(result<std::optional<ldap::Dn>> found, TimePoint now);

  void on_looked(result<Sight> sight, TimePoint now);

  std::vector<Progress> take_progress();
  // Something was sent and its outcome is not known.
  bool is_unknown() const { return trace_ != Trace::none; }
  // Every job as it stood: some of them may still be open.
  const std::vector<JobPtr>& jobs() const { return jobs_; }
  // An operation equal to these jobs may run until then: contradicting changes must wait.
  std::optional<TimePoint> hold_until() const { return hold_until_; }

 private:
  struct Item {
    std::uint32_t job = 0;
    std::uint32_t value = 0;
  };
  // What is sent together.
  struct Unit {
    std::vector<Item> items;  // in order of jobs
    int sends = 0;
    bool haunted = false;    // an earlier delivery's operation may still run
    bool disproved = false;  // it was sent, and it was proved that it had no effect and never will
    bool looked = false;     // the entries were where `values` says, a moment ago
    // A stand-in for the last member: in place of it, or leaving because a real member comes.
    enum class StandIn { untouched, comes, leaves } stand_in = StandIn::untouched;
    bool single_job() const { return items.empty() || items.front().job == items.back().job; }
  };
  struct Tracked {
    std::vector<proto::Finding> findings;  // per value; meaningful where `known`
    std::vector<bool> known;
    std::size_t open = 0;
    bool told_unknown = false;
  };
  enum class Phase { ready, sent, waiting, reading, locating, looking };
  enum class Purpose { before_send, absent, refused };  // of looking
  // Where an operation may be that was sent without word.
  enum class Trace {
    none,
    pending,    // on its open connection: the result may still come
    lost,       // its connection ended: it cannot run any more
    elsewhere,  // an earlier delivery's, on a connection we know nothing about
  };

  Unit& unit() { return units_.front(); }
  const ldap::Dn& value_of(const Item& item) const { return jobs_[item.job]->values[item.value]; }
  void refuse_unparsable();
  void make_units();
  void resolve(const Item& item, proto::Finding finding);
  void resolve_rest(const proto::Finding& finding);
  // One value of a job is refused: nothing of the job was done, and nothing of it will be.
  void refuse_job(const Item& item, proto::Finding finding);
  void drop_dead(Unit& unit, TimePoint now);
  void tell_unknown();
  void begin_unit();
  void finish_unit();
  void split_unit();
  std::vector<Unit> chunks_of(std::vector<Item> items) const;
  void grow(milliseconds took);
  void put_together();
  bool cut_back();
  bool any_may_start(TimePoint now);
  Step send(TimePoint now);
  void take_answer(const ldap::Result& result, TimePoint now);
  void not_possible_now(const proto::Finding& finding, TimePoint now);
  void judge_refused(bool dropped);
  void judge_unseen(const std::string& why);
  void judge_trace(TimePoint now);
  void trouble(const std::string& words, TimePoint now);
  void group_is_gone();
  Step begin_look(TimePoint now);
  bool must_look_first() const;
  void look_for(Purpose purpose, std::vector<Item> items);
  void judge_places(const Sight& sight);
  void drop_known();  // out of the unit
  void judge_absent(const Sight& sight, TimePoint now);
  void judge_refused_places(const Sight* sight);
  void judge_read(bool dropped, TimePoint now);
  bool try_stand_in();

  std::vector<JobPtr> jobs_;
  PlanSettings settings_;
  std::vector<Tracked> tracked_;
  std::deque<Unit> units_;
  ldap::Dn target_;
  Phase phase_ = Phase::ready;
  Trace trace_ = Trace::none;
  ldap::Result last_;    // of the latest refusal
  std::string trouble_;  // why nothing could be sent or read
  std::optional<TimePoint> paused_until_;
  std::optional<TimePoint> other_since_;  // since when every read showed the other state
  std::optional<TimePoint> hold_until_;
  TimePoint sent_at_;       // the latest modify
  LaneLimits grown_{0, 0};  // what the next chunks may be put together to
  bool is_large_ = false;   // one job, in several chunks
  milliseconds backoff_{};
  bool relocated_ = false;
  bool touched_ = false;  // something was sent or read
  Purpose purpose_{};
  std::vector<Item> asked_;    // of the look under way; adds first
  bool read_dropped_ = false;  // the read before it found something done
  std::vector<Progress> progress_;
};

}  // namespace dirbridge::agent
