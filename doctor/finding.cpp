#include "doctor/finding.hpp"

#include <algorithm>

namespace dirbridge::doctor {

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::ok: return "ok";
    case Severity::info: return "info";
    case Severity::warning: return "warning";
    case Severity::problem: break;
  }
  return "problem";
}

const CheckInfo& info_of(Check check) {
  return *std::ranges::find_if(checks, [check](const CheckInfo& one) { return one.check == check; });
}

Findings by_severity(Findings findings) {
  std::ranges::stable_sort(findings, [](const Finding& a, const Finding& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.check < b.check;
  });
  return findings;
}

Severity worst_of(const Findings& findings) {
  auto worst = Severity::ok;
  for (const auto& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

std::string to_markdown() {
  std::string text = "| check | what is tried |\n|---|---|\n";
  for (const auto& one : checks) text += "| `" + std::string{one.id} + "` | " + std::string{one.what} + " |\n";
  return text;
}

}  // namespace dirbridge::doctor
