#include "ledger/record.hpp"

#include <vector>

#include "proto/json_codec.hpp"
#include "proto/plain_text.hpp"

namespace dirbridge::ledger {
namespace {

// A record whose text does not have the form this file wrote: the file is damaged or newer than the program.
[[noreturn]] void refuse(std::string what) { throw Error{errc::malformed, std::move(what)}; }

template <class T>
T checked(result<T> parsed) {
  if (!parsed) refuse(parsed.error().message());
  return std::move(*parsed);
}

Json encode(WallTime time) { return to_epoch_ms(time); }
void decode(const Json& json, WallTime& time) { time = from_epoch_ms(json.get<std::int64_t>()); }
void decode(const Json& json, std::string& text) { text = json.get<std::string>(); }
void decode(const Json& json, bool& truth) { truth = json.get<bool>(); }
void decode(const Json& json, std::uint64_t& number) { number = json.get<std::uint64_t>(); }
void decode(const Json& json, std::int64_t& number) { number = json.get<std::int64_t>(); }
void decode(const Json& json, std::vector<std::string>& texts) { texts = json.get<std::vector<std::string>>(); }
template <class Tag>
void decode(const Json& json, Id<Tag>& id) {
  id = Id<Tag>{json.get<std::string>()};
}
void decode(const Json& json, proto::Outcome& outcome) { outcome = checked(proto::outcome_from_json(json)); }
void decode(const Json& json, proto::SharedChange& change) {
  change = checked(proto::membership_change_from_json(json));
}

Json encode(bool truth) { return truth; }
Json encode(std::uint64_t number) { return number; }
template <class Tag>
Json encode(const Id<Tag>& id) {
  return id.str();
}
Json encode(const proto::Outcome& outcome) { return proto::to_json_value(outcome); }

Json encode(const std::vector<JobEvent>& story) {
  auto events = Json::array();
  for (const auto& event : story) events.push_back({encode(event.at), event.what});
  return events;
}
void decode(const Json& json, std::vector<JobEvent>& story) {
  for (const auto& event : json) {
    auto& added = story.emplace_back();
    decode(event.at(0), added.at);
    decode(event.at(1), added.what);
  }
}

using Heritage = ImportStaged::Heritage;
Json encode(const std::vector<Heritage>& heritage) {
  auto all = Json::array();
  for (const auto& one : heritage)
    all.push_back({encode(one.created), encode(one.updated), encode(one.membership_updated), one.membership_digest});
  return all;
}
void decode(const Json& json, std::vector<Heritage>& heritage) {
  for (const auto& one : json) {
    auto& added = heritage.emplace_back();
    decode(one.at(0), added.created);
    decode(one.at(1), added.updated);
    decode(one.at(2), added.membership_updated);
    decode(one.at(3), added.membership_digest);
  }
}

Json encode(const std::vector<std::pair<UserId, proto::ImportedUser>>& users) {
  auto all = Json::array();
  for (const auto& [id, user] : users) all.push_back({id.str(), proto::to_json_value(user)});
  return all;
}
void decode(const Json& json, std::vector<std::pair<UserId, proto::ImportedUser>>& users) {
  for (const auto& one : json)
    users.emplace_back(UserId{one.at(0).get<std::string>()}, checked(proto::imported_user_from_json(one.at(1))));
}
Json encode(const std::vector<std::pair<GroupId, proto::ImportedGroup>>& groups) {
  auto all = Json::array();
  for (const auto& [id, group] : groups) all.push_back({id.str(), proto::to_json_value(group)});
  return all;
}
void decode(const Json& json, std::vector<std::pair<GroupId, proto::ImportedGroup>>& groups) {
  for (const auto& one : json)
    groups.emplace_back(GroupId{one.at(0).get<std::string>()}, checked(proto::imported_group_from_json(one.at(1))));
}

// A text that records of older programs do not have: absent and empty are the same.
template <class Text>
struct Optional {
  Text& text;
};
template <class Text>
Optional(Text&) -> Optional<Text>;

// As text, appended. What can be large goes without a document.
template <class T>
void write(std::string& out, const T& member) {
  out += proto::dump(encode(member));
}
void write(std::string& out, const std::string& text) { proto::append_text(out, text); }
template <class Tag>
void write(std::string& out, const Id<Tag>& id) {
  proto::append_text(out, id.str());
}
void write(std::string& out, const proto::SharedChange& change) { out += change.text(); }
void write(std::string& out, const std::vector<std::string>& texts) {
  out += '[';
  for (const auto& text : texts) {
    if (out.back() != '[') out += ',';
    proto::append_text(out, text);
  }
  out += ']';
}

// The keys of each record, once, for both directions: visit(key, member).
template <class Visit>
void each_field(Visit&& visit, auto& r, const EpochStarted*) {
  visit("epoch", r.epoch);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const DirectoryCreated*) {
  visit("name", r.name);
  visit("kind", r.kind);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const TokenCreated*) {
  visit("token", r.token);
  visit("name", r.name);
  visit("hash", r.hash);
  visit("scopes", r.scopes);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const TokenRevoked*) {
  visit("token", r.token);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const EnrolCodeCreated*) {
  visit("hash", r.hash);
  visit("expires", r.expires);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const AgentEnrolled*) {
  visit("agent", r.agent);
  visit("name", r.name);
  visit("public_key", r.public_key);
  visit("code_hash", r.code_hash);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const AgentRevoked*) {
  visit("agent", r.agent);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const JobAccepted*) {
  visit("job", r.job);
  visit("principal", r.principal);
  visit("request", r.request);
  visit("change", r.change);
  visit("deadline", r.deadline);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const JobJoined*) {
  visit("job", r.job);
  visit("request", r.request);
  visit("deadline", r.deadline);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const JobClosed*) {
  visit("job", r.job);
  visit("disposition", r.disposition);
  visit("outcome", r.outcome);
  visit("agent", r.agent);
  visit("operation", r.operation);
  visit("story", r.story);
  visit("member_keys", r.member_keys);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const JobEvidence*) {
  visit("job", r.job);
  visit("agent", r.agent);
  visit("lease", r.lease);
  visit("status", r.status);
  visit("outcome", r.outcome);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const ImportStarted*) {
  visit("import", r.import);
  visit("agent", r.agent);
  visit("requested_by", r.requested_by);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const ImportStaged*) {
  visit("import", r.import);
  visit("users", r.users);
  visit("groups", r.groups);
  visit("user_heritage", r.user_heritage);
  visit("group_heritage", r.group_heritage);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const ImportApplied*) {
  visit("import", r.import);
  visit("users", r.users);
  visit("groups", r.groups);
  visit("kind", Optional{r.kind});
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const ImportDropped*) {
  visit("import", r.import);
  visit("reason", r.reason);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const AppCreated*) {
  visit("client", r.client);
  visit("name", r.name);
  visit("scopes", r.scopes);
  visit("dpop", r.dpop);
  visit("kid", r.kid);
  visit("key", r.key);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const AppKeyRotated*) {
  visit("client", r.client);
  visit("kid", r.kid);
  visit("key", r.key);
  visit("others_until", r.others_until);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const AppRevoked*) {
  visit("client", r.client);
}

template <class Visit>
void each_field(Visit&& visit, auto& r, const OktaGroupCreated*) {
  visit("group", r.group);
  visit("name", r.name);
  visit("description", r.description);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const OktaGroupChanged*) {
  visit("group", r.group);
  visit("name", r.name);
  visit("description", r.description);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const OktaGroupDeleted*) {
  visit("group", r.group);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const OktaMembershipChanged*) {
  visit("group", r.group);
  visit("user", r.user);
  visit("is_member", r.is_member);
}

template <class Visit>
void each_field(Visit&& visit, auto& r, const EventLogged*) {
  visit("json", r.json);
}

template <class Visit>
void each_field(Visit&& visit, auto& r, const EventHookCreated*) {
  visit("hook", r.hook);
  visit("json", r.json);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const EventHookChanged*) {
  visit("hook", r.hook);
  visit("json", r.json);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const EventHookDeleted*) {
  visit("hook", r.hook);
}

template <class Visit>
void each_field(Visit&& visit, auto& r, const AssertionUsed*) {
  visit("hash", r.hash);
  visit("until", r.until);
}
template <class Visit>
void each_field(Visit&& visit, auto& r, const AgentSoftware*) {
  visit("agent", r.agent);
  visit("software", r.software);
}

constexpr std::string_view names[] = {
    "epoch_started",      "directory_created",       "token_created", "token_revoked",      "enrol_code_created",
    "agent_enrolled",     "agent_revoked",           "job_accepted",  "job_joined",         "job_closed",
    "job_evidence",       "import_started",          "import_staged", "import_applied",     "import_dropped",
    "app_created",        "app_key_rotated",         "app_revoked",   "okta_group_created", "okta_group_changed",
    "okta_group_deleted", "okta_membership_changed", "event_logged",  "event_hook_created", "event_hook_changed",
    "event_hook_deleted", "assertion_used",          "agent_software"};
static_assert(std::size(names) == std::variant_size_v<AnyFact>);

template <std::size_t index = 0>
Body decode_body(std::string_view type, const Json& json) {
  if constexpr (index == std::variant_size_v<AnyFact>) {
    refuse("unknown record type " + std::string{type});
  } else {
    if (type != names[index]) return decode_body<index + 1>(type, json);
    using Fact = std::variant_alternative_t<index, AnyFact>;
    Fact fact;
    each_field(
        [&]<class Member>(const char* key, Member&& member) {
          if constexpr (requires { member.text; }) {
            if (json.contains(key)) decode(json.at(key), member.text);
          } else {
            decode(json.at(key), member);
          }
        },
        fact, static_cast<const Fact*>(nullptr));
    return fact;
  }
}

}  // namespace

Body::Body() = default;
Body::Body(const Body&) = default;
Body::Body(Body&&) noexcept = default;
Body& Body::operator=(const Body&) = default;
Body& Body::operator=(Body&&) noexcept = default;
Body::~Body() = default;

std::string_view type_of(const Body& body) { return names[body.index()]; }

std::string to_json(const Body& body) {
  std::string out = "{";
  std::visit(
      [&]<class Fact>(const Fact& fact) {
        each_field(
            [&](std::string_view key, const auto& member) {
              constexpr bool may_be_absent = requires { member.text; };
              if constexpr (may_be_absent)
                if (member.text.empty()) return;
              if (out.size() > 1) out += ',';
              out.append(1, '"').append(key).append("\":");
              if constexpr (may_be_absent)
                write(out, member.text);
              else
                write(out, member);
            },
            fact, &fact);
      },
      body);
  return out += '}';
}

result<Body> from_json(std::string_view type, std::string_view json) {
  try {
    return decode_body(type, Json::parse(json));
  } catch (const Json::exception& error) {
    return Error{errc::malformed, std::string{type} + ": " + error.what()};
  } catch (Error& error) {
    error.detail = std::string{type} + ": " + error.detail;
    return std::move(error);
  }
}

}  // namespace dirbridge::ledger
