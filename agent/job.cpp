#include "agent/job.hpp"

#include <algorithm>
#include <unordered_set>

#include "base/text.hpp"

namespace dirbridge::agent {

std::string Job::why_not_started(TimePoint now) const {
  if (cancelled) {
    return "It was cancelled (" + (cancel_reason.empty() ? std::string{"no reason given"} : cancel_reason) +
           ") before it was sent; nothing was changed.";
  }
  if (now >= start_by) return "Its deadline came before it could be sent; nothing was changed.";
  return "Its lease ran out before it could be sent; nothing was changed by this delivery.";
}

JobPtr make_job(proto::DeliveredJob delivered, TimePoint leased_at, TimePoint now, milliseconds report_margin) {
  auto job = std::make_shared<Job>();
  job->id = std::move(delivered.job);
  job->lease = delivered.lease;
  job->delivery = delivered.delivery;
  job->reconcile = delivered.reconcile;
  job->request = std::move(delivered.request);
  auto change = std::move(delivered.change).take();
  job->group = std::move(change.group);
  job->attribute = std::move(change.attribute);
  job->action = change.action;

  if (auto target = ldap::Dn::parse(job->group.dn)) {
    job->target = std::move(*target);
    job->target.identify(job->group.stable_id);
  } else {
    job->bad_target = target.error().message();
  }
  job->values.reserve(change.members.size());
  const auto why_bad = [](const std::string& name, const Error& error) {
    if (!equals_ignore_case(std::string_view{name}.substr(0, 5), "<SID=")) return error.message();
    return name +
           " is a security identifier and no name: a foreign security principal is named by its entry below "
           "CN=ForeignSecurityPrincipals";
  };
  for (auto& member : change.members) {
    if (auto value = ldap::Dn::parse(member.dn)) {
      value->identify(std::move(member.stable_id));
      job->values.push_back(std::move(*value));
    } else {
      job->bad.push_back({static_cast<std::uint32_t>(job->values.size()), why_bad(member.dn, value.error())});
      job->values.emplace_back();
    }
  }

  job->received = now;
  job->lease_time = delivered.lease_time;
  job->lease_until = leased_at + delivered.lease_time;
  job->deadline = leased_at + delivered.remaining;
  job->start_by = job->deadline - std::max(milliseconds{0}, std::min(report_margin, delivered.remaining / 4));
  return job;
}

std::vector<std::string_view> keys_of(const ldap::Dn& value) {
  std::vector<std::string_view> keys;
  if (!value.empty()) keys.push_back(value.canonical());
  if (!value.stable_id().empty()) keys.push_back(value.stable_id());
  return keys;
}

bool contradicts(const Job& a, const Job& b) {
  if (a.action == b.action || !equals_ignore_case(a.attribute, b.attribute)) return false;
  std::unordered_set<std::string_view> values;
  for (const auto& value : a.values)
    for (const auto key : keys_of(value)) values.insert(key);
  return std::ranges::any_of(b.values, [&](const ldap::Dn& value) {
    return std::ranges::any_of(keys_of(value), [&](std::string_view key) { return values.contains(key); });
  });
}

std::string lane_key(const Job& job) {
  return job.group.stable_id.empty() ? "dn:" + job.target.canonical() : "id:" + job.group.stable_id;
}

std::string join_requests(const std::vector<JobPtr>& jobs, std::size_t limit) {
  std::string text;
  for (std::size_t i = 0; i < jobs.size() && i < limit; ++i) {
    if (i > 0) text += ',';
    text += jobs[i]->request.str();
  }
  if (jobs.size() > limit) text += ",+" + std::to_string(jobs.size() - limit);
  return text;
}

}  // namespace dirbridge::agent
