// What a job's ending means: for the caller as HTTP, for a person as a sentence. Pure.
#pragma once
#include <optional>
#include <string>

#include "proto/membership_change.hpp"
#include "proto/okta_error.hpp"
#include "proto/outcome.hpp"
#include "queue/job_queue.hpp"

namespace dirbridge::hub {

// Why the directory did not do it by now, if the agent's word tells; otherwise empty.
std::string reason_of(const proto::Outcome& outcome);
// nullopt: 200. Errors carry the directory's words in errorCauses; a 504 `last_reason` (the latest reason_of() of the
// job, from a report before this outcome) if the outcome itself gives none.
std::optional<proto::OktaError> to_answer(queue::Disposition disposition, const proto::Outcome& outcome,
                                          const proto::MembershipChange& change, const JobId& job,
                                          const std::string& last_reason = {});
// "200", "400", "503", "504": what callers who waited to the end got.
std::string answer_of(std::string_view disposition);
// One sentence: what happened, whether the directory changed, what may still come.
// `requests`: how many asked for it, together (rule 6 of the architecture): each has a deadline of its own.
std::string explain(std::string_view disposition, const proto::Outcome& outcome, std::size_t requests = 1);
std::string explain_open(queue::JobState state, bool deadline_passed);

}  // namespace dirbridge::hub
