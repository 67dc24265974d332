// Runs the doctor to its end, and finds a check among its findings.
#pragma once
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <string>

#include "doctor/examine.hpp"

namespace dirbridge::test {

inline doctor::Examination examine_now(const agent::AgentSettings& settings, std::string scratch_group = {},
                                       doctor::Scratch* scratch = nullptr) {
  boost::asio::io_context loop;
  std::optional<doctor::Examination> seen;
  std::exception_ptr failure;
  boost::asio::co_spawn(loop, doctor::examine({settings, std::move(scratch_group), scratch}),
                        [&](std::exception_ptr thrown, doctor::Examination got) {
                          failure = thrown;
                          seen = std::move(got);
                          loop.stop();
                        });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*seen);
}

inline doctor::Severity severity_of(const doctor::Examination& seen, doctor::Check check) {
  auto worst = doctor::Severity::ok;
  for (const auto& finding : seen.findings)
    if (finding.check == check) worst = std::max(worst, finding.severity);
  return worst;
}

inline bool has_evidence(const doctor::Examination& seen, doctor::Check check, const std::string& text) {
  return std::ranges::any_of(seen.findings, [&](const auto& finding) {
    return finding.check == check && finding.evidence.find(text) != std::string::npos;
  });
}

inline bool has_remedy(const doctor::Examination& seen, doctor::Check check, const std::string& text) {
  return std::ranges::any_of(seen.findings, [&](const auto& finding) {
    return finding.check == check && finding.remedy.find(text) != std::string::npos;
  });
}

// What a failed expectation shows.
inline std::string text_of(const doctor::Examination& seen) {
  std::string text;
  for (const auto& finding : seen.findings)
    text += std::string{doctor::info_of(finding.check).id} + " " + std::string{doctor::to_text(finding.severity)} +
            ": " + finding.evidence + "\n" + (finding.remedy.empty() ? "" : "    -> " + finding.remedy + "\n");
  return text;
}

}  // namespace dirbridge::test
