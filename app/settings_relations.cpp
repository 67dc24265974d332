// Deadlines nest: operation < lease < the caller's wait. A configuration that turns the nesting around would answer 504
// before the directory could have spoken, so it is refused at start-up, not discovered in production.
#include <algorithm>
#include <array>

#include "app/settings.hpp"

namespace dirbridge::app {
namespace {

struct Relation {
  std::string_view lesser;
  int times;                 // the lesser, so many times…
  std::string_view greater;  // …must be shorter than this
  bool or_equal;
  std::string_view why;
};
constexpr std::array relations = {
    Relation{"queue.lease", 1, "hub.request_timeout", false, "an agent's lease must end before its caller's wait"},
    Relation{"ldap.operation_timeout", 1, "queue.lease", false,
             "the directory must have answered before the lease ends"},
    Relation{"agent.report_margin", 1, "queue.lease", false, "the margin is taken off the lease"},
    Relation{"hub.heartbeat", 2, "hub.silence", false, "one lost heartbeat must not make an agent count as gone"},
    Relation{"agent.settle_interval", 1, "agent.settle", false, "settling takes at least two reads"},
    Relation{"queue.backoff_base", 1, "queue.backoff_max", true, "the back-off grows from one to the other"},
    Relation{"ldap.reconnect_base", 1, "ldap.reconnect_max", true, "the back-off grows from one to the other"},
    Relation{"agent.reconnect_base", 1, "agent.reconnect_max", true, "the back-off grows from one to the other"},
};

bool belongs(std::string_view name, Role role) {
  return std::ranges::find(sections_of(role), name.substr(0, name.find('.'))) != sections_of(role).end();
}

std::string cite(std::string_view name, const Given& given) {
  return std::string{name} + " (" + given.value.text + ", " + given.where + ")";
}

}  // namespace

void check_relations(const Settings& settings, Role role, ProblemList& problems) {
  if (!problems.is_complete()) return;
  struct Line {
    std::string text;
    std::vector<std::string> keys;
  };
  std::vector<Line> found;  // added at the end: a key may stand in several contradictions
  for (const Relation& relation : relations) {
    const Given& lesser = settings.given(relation.lesser);
    const Given& greater = settings.given(relation.greater);
    const auto counts = [&](std::string_view name, const Given& given) {
      return (belongs(name, role) || given.layer != Layer::fallback) && !problems.names(name);
    };
    // The other half runs elsewhere, perhaps with other values: its defaults here mean nothing.
    if (!counts(relation.lesser, lesser) || !counts(relation.greater, greater)) continue;
    const milliseconds left = settings.duration(relation.lesser) * relation.times;
    const milliseconds right = settings.duration(relation.greater);
    if (left < right || (relation.or_equal && left == right)) continue;
    found.push_back({(relation.times > 1 ? std::to_string(relation.times) + " × " : "") +
                         cite(relation.lesser, lesser) +
                         (relation.or_equal ? " must not be longer than " : " must be shorter than ") +
                         cite(relation.greater, greater) + ": " + std::string{relation.why},
                     {std::string{relation.lesser}, std::string{relation.greater}}});
  }
  if (role == Role::hub && !settings.flag("hub.plain") && !settings.flag("hub.tls")) {
    found.push_back({"hub.plain (" + settings.given("hub.plain").where + ") and hub.tls (" +
                         settings.given("hub.tls").where + ") are both false: the hub would serve nothing",
                     {"hub.plain", "hub.tls"}});
  }
  if (role == Role::hub && settings.text("hub.certificate_file").empty() != settings.text("hub.key_file").empty()) {
    const bool has_key = !settings.text("hub.key_file").empty();
    const std::string_view present = has_key ? "hub.key_file" : "hub.certificate_file";
    found.push_back({cite(present, settings.given(present)) + " needs " +
                         (has_key ? "hub.certificate_file" : "hub.key_file") + " beside it",
                     {"hub.certificate_file", "hub.key_file"}});
  }
  for (Line& line : found) problems.add(std::move(line.text), std::move(line.keys));
}

}  // namespace dirbridge::app
