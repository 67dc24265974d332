// A membership change: as the client asks for it (Okta ids) and as an agent is given it (DNs and stable ids).
#pragma once
#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/ids.hpp"

namespace dirbridge::proto {

enum class Action { add, remove };
std::string_view to_text(Action action);  // "ADD", "REMOVE": Okta's spelling, on every wire

inline constexpr std::size_t max_body_bytes = 1 << 20;   // of POST groups/modify
inline constexpr std::size_t max_values = 10'000;        // users in one request
inline constexpr std::size_t max_attribute_bytes = 128;  // an attribute description
inline constexpr std::size_t max_id_bytes = 64;          // any Okta id a client sends
inline constexpr std::size_t max_dn_bytes = 4096;        // a DN on the agent wire

// An attribute description (RFC 4512 section 2.5): a name or a numeric OID, with options: "member", "2.5.4.31;x-opt".
bool is_attribute_description(std::string_view text);

// The body of POST /api/v1/directories/{appInstanceId}/groups/modify (contract A2).
struct ModifyBody {
  GroupId group;
  Action action{};
  std::string attribute;
  std::vector<UserId> values;  // 1..max_values, repeats removed, order kept
};

// Why a body was refused. Not well-formed (E0000003) carries no fields; a validation failure (E0000001) names every bad
// field at once, in the order of the schema: {"parameters.values", "must hold at least one user id"}.
struct BodyError {
  struct Field {
    std::string field;
    std::string problem;
    friend bool operator==(const Field&, const Field&) = default;
  };
  bool well_formed = true;
  std::string reason;  // for the log and for errorCauses of a body that is not well-formed
  std::vector<Field> fields;
};
// Unknown keys are ignored, as Okta does. Every bad field is named once; of bad values the first 100.
boost::system::result<ModifyBody, BodyError> parse_modify_body(std::string_view json);

// One directory object as the agent needs it: the stable id finds it after a rename, the DN is what the server is told.
struct ObjectRef {
  std::string id;         // Okta id, for logs and reports
  std::string dn;         // as the directory spelled it at import
  std::string stable_id;  // entryUUID; empty if the directory gave none
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

// What an agent is asked to do: one job.
struct MembershipChange {
  ObjectRef group;
  Action action{};
  std::string attribute;           // attribute description: member, uniqueMember
  std::vector<ObjectRef> members;  // 1..max_values, distinct by id
  friend bool operator==(const MembershipChange&, const MembershipChange&) = default;
};

// Same group, attribute, action and the same set of members (order does not matter): rule 6 of delivery.
bool is_equal_change(const MembershipChange& a, const MembershipChange& b);
// Bytes that the change takes in a `jobs` frame, a little more than it really is: a frame has a limit.
std::size_t frame_bytes(const MembershipChange& change);
// Same group and attribute, opposite action, and at least one member in common.
bool contradicts(const MembershipChange& a, const MembershipChange& b);

}  // namespace dirbridge::proto
