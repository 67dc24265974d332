// What was done, for people: one line per modify in the log, one sentence in the report. Pure but for the log.
#pragma once
#include <string>

#include "agent/batch_plan.hpp"

namespace dirbridge::agent {

// "modify cn=g,… member +3 -0 (batch of 12 jobs)"
std::string describe(const BatchPlan::Send& send);
// "0", "65 objectClassViolation", "not_sent", "no_answer", "connection_lost"
std::string describe(const ldap::ModifyReply& reply);
// Info, with the keys job lease jobs group op rc ms delivery request; warn if nothing is certain. A refusal's words
// follow its code in rc.
void log_modify(const BatchPlan::Send& send, const ldap::ModifyReply& reply, milliseconds took);
// The reply came after the deadline.
void log_late_reply(const Job& first, const ldap::ModifyReply& reply);

}  // namespace dirbridge::agent
