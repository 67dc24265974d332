#include "agent/verdict.hpp"

namespace dirbridge::agent {
namespace {

using proto::Action;
using proto::Evidence;
using proto::Finding;
using proto::Verdict;

// RFC 4511 section 4.1.9; 68 is entryAlreadyExists, which Active Directory uses for values.
enum Code {
  operations_error = 1,
  protocol_error = 2,
  time_limit = 3,
  stronger_auth = 8,
  referral = 10,
  admin_limit = 11,
  unavailable_extension = 12,
  confidentiality = 13,
  no_such_attribute = 16,
  undefined_type = 17,
  constraint = 19,
  value_exists = 20,
  invalid_syntax = 21,
  no_such_object = 32,
  invalid_dn = 34,
  inappropriate_auth = 48,
  invalid_credentials = 49,
  no_rights = 50,
  busy = 51,
  unavailable = 52,
  unwilling = 53,
  naming_violation = 64,
  object_class_violation = 65,
  entry_exists = 68,
  other = 80,
};

Finding refused(const ldap::Result& result, std::string advice) {
  return {Verdict::refused, Evidence::result, result.code, result.diagnostic, std::move(advice), {}};
}
Finding retryable(const ldap::Result& result, std::string advice) {
  return {Verdict::retryable, Evidence::result, result.code, result.diagnostic, std::move(advice), {}};
}
std::string one_of(std::size_t values) { return values == 1 ? "The value" : "One of the values"; }

}  // namespace

Refusal classify(int code) {
  switch (code) {
    case busy:
    case unavailable: return Refusal::busy;
    case referral: return Refusal::referral;
    case stronger_auth:
    case confidentiality:
    case inappropriate_auth:
    case invalid_credentials: return Refusal::connection;
    default: return Refusal::read;
  }
}

Finding explain_refusal(Action action, const ldap::Result& result, std::size_t values, std::string_view attribute) {
  const std::string name{attribute};
  switch (result.code) {
    case operations_error:
    case time_limit:
    case admin_limit:
    case other:
      return retryable(result,
                       "The directory failed on this change; it is tried again. If it goes on, its log says more.");
    case unwilling:
      return retryable(result,
                       "The directory is unwilling to change this group now: is its database or the server read-only?");
    case no_rights:
      return refused(result, values == 1 ? "The agent's account may not write " + name +
                                               " of this group: grant it write access to that attribute."
                                         : "The agent's account may not write " + name +
                                               " of this group, or not one of these " + std::to_string(values) +
                                               " values: grant it write access to that attribute.");
    case no_such_object:
      return refused(result,
                     one_of(values) + " names no entry of the directory: import again and use a user that exists.");
    case object_class_violation:
      if (action == Action::remove)
        return refused(result,
                       "It would remove the last member, which the group's object class demands: add another "
                       "member first, or delete the group.");
      return refused(result, "The group's object class does not allow the attribute " + name + ".");
    case value_exists:
    case entry_exists:
      if (action == Action::add)
        return refused(result,
                       "The directory holds the membership in another form (primary group, foreign principal, or "
                       "a value named twice): change it there.");
      break;
    case no_such_attribute:
      if (action == Action::add) return refused(result, "The directory knows no attribute " + name + " here.");
      return refused(result,
                     "The directory shows the user in this group and has no such value to remove: the membership comes "
                     "from elsewhere (a dynamic group's URL, an overlay). Change it there.");
    case undefined_type: return refused(result, "The directory's schema has no attribute " + name + ".");
    case constraint:
      return refused(result,
                     one_of(values) + " breaks a constraint of the directory, for example that members must exist.");
    case invalid_syntax:
    case invalid_dn:
      return refused(result, one_of(values) + " is not a name that the directory accepts: import again.");
    case protocol_error:
    case unavailable_extension:
    case naming_violation:
    default: break;
  }
  return refused(result, "The directory refuses this change for good; its words say why.");
}

Finding group_gone(const ldap::Result& result, bool searched) {
  return {
      Verdict::refused,
      Evidence::read_back,
      result.code == 0 ? static_cast<int>(no_such_object) : result.code,
      result.diagnostic,
      searched
          ? "The group is gone, or moved to where no configured base reaches: it is neither under its name nor, by its "
            "stable id, elsewhere below import.group_bases, as far as the agent's account may see. Import again."
          : "The group is gone, or the agent's account may not see it. Import again.",
      {}};
}

Finding member_gone(const ldap::Result& result) {
  return {Verdict::refused,
          Evidence::read_back,
          result.code == 0 ? static_cast<int>(no_such_object) : result.code,
          result.diagnostic,
          "The user is gone: it is neither under its name nor, by its stable id, elsewhere below the configured bases, "
          "as far as the agent's account may see. Import again.",
          {}};
}

Finding member_outside(const ldap::Dn& now, const ldap::Result& result) {
  return {Verdict::refused,
          Evidence::read_back,
          result.code == 0 ? static_cast<int>(no_such_object) : result.code,
          result.diagnostic,
          "The user is below none of the configured bases any more, but is " + now.text() +
              ": move the user back, or add that place to import.user_bases, and import again.",
          {}};
}

Finding other_membership(Action action, Whereabouts::Membership membership, const ldap::Result& result) {
  std::string advice;
  if (membership == Whereabouts::Membership::primary)
    advice = action == Action::add
                 ? "The group is the user's primary group, so the user is a member already and cannot be listed as one."
                 : "The group is the user's primary group: give the user another primary group first.";
  else
    advice =
        "The user is a member through another group only; direct members can be removed here. Remove the user from "
        "that group, or that group from this one.";
  return {Verdict::refused, Evidence::read_back, result.code, result.diagnostic, std::move(advice), {}};
}

bool says_it_is_so(Action action, int code) {
  return action == Action::add ? says_it_is_there(code) : code == no_such_attribute;
}

Finding unseen(Action action, const ldap::Result& result, std::size_t values, std::string_view attribute,
               std::string_view why) {
  if (!says_it_is_so(action, result.code)) return explain_refusal(action, result, values, attribute);
  return refused(result, "Whether the wanted state holds already cannot be read: " + std::string{why} + ".");
}

bool says_it_is_there(int code) { return code == value_exists || code == entry_exists; }

Finding foreign_principal(const ldap::Result& result) {
  return {Verdict::refused,
          Evidence::read_back,
          result.code,
          result.diagnostic,
          "It is a foreign security principal (an account of another domain, or a well-known identity). The directory "
          "says it is there already, yet the group does not list it: add it with the directory's own tools, and import "
          "again.",
          {}};
}

Finding not_now(const ldap::Result& result, std::string_view why_unread) {
  switch (classify(result.code)) {
    case Refusal::busy: return retryable(result, "The directory is busy or shutting down; nothing was changed.");
    case Refusal::referral: {
      std::string where;
      for (const auto& url : result.referrals) where += (where.empty() ? "" : ", ") + url;
      return retryable(result, "This server is a read-only copy" +
                                   (where.empty() ? std::string{} : "; writes belong to " + where) +
                                   ". Point the agent at a server that takes writes: referrals are not followed.");
    }
    case Refusal::connection:
      return retryable(result,
                       "The directory does not accept changes over the agent's connection: check its account and "
                       "TLS settings.");
    case Refusal::read: break;
  }
  return retryable(result, "The directory refused the change, and the group could not be read to learn why (" +
                               std::string{why_unread} + ").");
}

}  // namespace dirbridge::agent
