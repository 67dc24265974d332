#include "agent/run_log.hpp"

#include "base/log.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::agent {
namespace {

using Fate = ldap::ModifyReply::Fate;

std::string delta(const ldap::ModifyRequest& request) {
  return request.attribute + " +" + std::to_string(request.add.size()) + " -" + std::to_string(request.remove.size());
}

}  // namespace

std::string describe(const BatchPlan::Send& send) {
  auto text = "modify " + proto::clip(send.request.target.text(), 512) + " " + delta(send.request);
  if (send.jobs.size() > 1) text += " (batch of " + std::to_string(send.jobs.size()) + " jobs)";
  return text;
}

std::string describe(const ldap::ModifyReply& reply) {
  switch (reply.fate) {
    case Fate::answered:
      return reply.result.ok() ? "0" : std::to_string(reply.result.code) + " " + ldap::code_name(reply.result.code);
    case Fate::not_sent: return "not_sent";
    case Fate::pending: return "no_answer";
    case Fate::lost: return "connection_lost";
  }
  return "?";
}

void log_modify(const BatchPlan::Send& send, const ldap::ModifyReply& reply, milliseconds took) {
  const auto& first = *send.jobs.front();
  const bool certain = reply.fate == Fate::answered;
  const auto level = certain ? log::Level::info : log::Level::warn;
  if (!log::enabled(level)) return;
  auto rc = describe(reply);
  const auto words = certain ? reply.result.diagnostic : reply.error.code ? reply.error.message() : std::string{};
  if (!words.empty()) rc += ": " + proto::clip(words, 512);
  log::write(level, "modify",
             {{"job", first.id},
              {"lease", proto::to_text(first.lease)},
              {"jobs", send.jobs.size()},
              {"group", send.request.target.text()},
              {"op", delta(send.request)},
              {"rc", rc},
              {"ms", took.count()},
              {"delivery", first.delivery},
              {"request", send.request.correlation}});
}

void log_late_reply(const Job& first, const ldap::ModifyReply& reply) {
  log::info(
      "modify.late",
      {{"job", first.id}, {"lease", proto::to_text(first.lease)}, {"rc", describe(reply)}, {"request", first.request}});
}

}  // namespace dirbridge::agent
