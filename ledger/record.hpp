// The facts. Everything durable is one of these, appended once and never changed; every table else is a view folded
// from them. A record holds what was decided (ids, hashes, verdicts): a replay never allocates and never decides.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "proto/directory_objects.hpp"
#include "proto/outcome.hpp"
#include "proto/shared_change.hpp"

namespace dirbridge::ledger {

using EventHookId = Id<struct EventHookTag>;  // who…

// What is "given by append" is left empty by whoever appends.

struct EpochStarted {  // a hub start; fences of that hub carry it
  std::uint64_t epoch = 0;
};
struct DirectoryCreated {
  std::string name;
  std::string kind;  // "LDAP": what it is taken for until an import says more
};
struct TokenCreated {
  TokenId token;
  std::string name;
  std::string hash;                 // SHA-256, hex; the token itself is shown once and kept nowhere
  std::vector<std::string> scopes;  // okta.directories.groups.manage, okta.groups.read, …, dirbridge.operator
};
struct TokenRevoked {
  TokenId token;
};
// OAuth service apps. Their keys are kept as public JWKs; the private halves were never here.
struct AppCreated {
  ClientId client;
  std::string name;
  std::vector<std::string> scopes;  // okta.…, what a token may carry at most
  bool dpop = false;                // tokens are bound to the caller's key
  std::string kid;
  std::string key;
};
struct AppKeyRotated {
  ClientId client;
  std::string kid;
  std::string key;
  WallTime others_until;  // the keys before this one are good until then
};
struct AppRevoked {
  ClientId client;
};
// A client assertion that is used up: it must not be good again after a restart (RFC 7523 section 3).
struct AssertionUsed {
  std::string hash;  // of client and jti, hex (hub/oauth/replay_guard.hpp)
  WallTime until;    // its expiration: the record is dropped after it
};
struct EnrolCodeCreated {
  std::string hash;
  WallTime expires;
};
struct AgentEnrolled {
  AgentId agent;
  std::string name;
  std::string public_key;
  std::string code_hash;  // used up by this record
};
struct AgentRevoked {
  AgentId agent;
};
struct AgentSoftware {  // what it runs from now on, told at its hello
  AgentId agent;
  std::string software;
};
struct JobAccepted {
  JobId job;
  std::string principal;  // token id
  RequestId request;
  proto::SharedChange change;
  WallTime deadline;
};
struct JobJoined {  // a retry attached to the job
  JobId job;
  RequestId request;
  WallTime deadline;
};
// One line of a job's story, for `dirbridge job ID`.
struct JobEvent {
  WallTime at;
  std::string what;  // "leased to a53… (delivery 1, lease 3.17)", "deadline: 504, cancel sent", …
};
struct JobClosed {
  JobId job;
  std::string disposition;  // queue::to_text(Disposition)
  proto::Outcome outcome;
  AgentId agent;          // who reported, if anybody
  std::string operation;  // what was sent to the directory, for people
  std::vector<JobEvent> story;
  // Given by append, if any value is as wanted now: the canonical DN of each member, in order; empty if it is not
  // known.
  std::vector<std::string> member_keys{};
};
struct JobEvidence {  // a late or stale report: kept, changes nothing
  JobId job;
  AgentId agent;
  std::string lease;
  std::string status;  // "late" | "stale"
  proto::Outcome outcome;
};
struct ImportStarted {
  ImportId import;
  AgentId agent;
  std::string requested_by;
};
// Part of an import, staged beside what is current. Ids are given here: known ones are kept by stable id.
struct ImportStaged {
  ImportId import;
  std::vector<std::pair<UserId, proto::ImportedUser>> users{};
  std::vector<std::pair<GroupId, proto::ImportedGroup>> groups{};
  // Given by append: what each object keeps from the import before, so that a replay needs no older import than this
  // one.
  struct Heritage {
    WallTime created;
    WallTime updated;
    WallTime membership_updated;  // groups: holds on if the members turn out to be the same
    std::int64_t membership_digest = 0;
    friend bool operator==(const Heritage&, const Heritage&) = default;
  };
  std::vector<Heritage> user_heritage{};
  std::vector<Heritage> group_heritage{};
};
struct ImportApplied {  // flips the generation: what was staged is current, what was not seen is gone
  ImportId import;
  std::uint64_t users = 0;
  std::uint64_t groups = 0;
  // "LDAP" or "AD", what the directory is from now on; empty (also in records of older programs): as it was.
  std::string kind{};
};
struct ImportDropped {  // failed or superseded: what was staged is forgotten
  ImportId import;
  std::string reason;
};

// Okta's own groups, which no directory knows.
struct OktaGroupCreated {
  GroupId group;
  std::string name;
  std::string description;
};
struct OktaGroupChanged {
  GroupId group;
  std::string name;
  std::string description;
};
struct OktaGroupDeleted {
  GroupId group;
};
struct OktaMembershipChanged {
  GroupId group;
  UserId user;
  bool is_member = false;  // from now on
};
// An event of the System Log, as the hub writes it (hub/system_log.hpp).
struct EventLogged {
  std::string json;
};

// An event hook, whole, as the hub writes it (hub/hooks/event_hook.hpp). It holds the secret that goes to the receiver.
struct EventHookCreated {
  EventHookId hook;
  std::string json;
};
struct EventHookChanged {
  EventHookId hook;
  std::string json;
};
struct EventHookDeleted {
  EventHookId hook;
};

using AnyFact = std::variant<EpochStarted, DirectoryCreated, TokenCreated, TokenRevoked, EnrolCodeCreated,
                             AgentEnrolled, AgentRevoked, JobAccepted, JobJoined, JobClosed, JobEvidence, ImportStarted,
                             ImportStaged, ImportApplied, ImportDropped, AppCreated, AppKeyRotated, AppRevoked,
                             OktaGroupCreated, OktaGroupChanged, OktaGroupDeleted, OktaMembershipChanged, EventLogged,
                             EventHookCreated, EventHookChanged, EventHookDeleted, AssertionUsed, AgentSoftware>;

// One of them. A class of its own, so that the copying, moving and destroying of all those kinds is compiled once and
// not in each file that keeps a record.
struct Body : AnyFact {
  using AnyFact::AnyFact;
  Body();
  Body(const Body&);
  Body(Body&&) noexcept;
  Body& operator=(const Body&);
  Body& operator=(Body&&) noexcept;
  ~Body();
};

struct Record {
  std::uint64_t sequence = 0;  // given by append
  DirectoryId directory;       // empty: the whole hub
  WallTime at;
  Body body;
};

// The text a record is stored as (JSON) and its inverse. `type` is stored beside it.
std::string_view type_of(const Body& body);
std::string to_json(const Body& body);
result<Body> from_json(std::string_view type, std::string_view json);

}  // namespace dirbridge::ledger
