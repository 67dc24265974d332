#include "proto/outcome.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <map>
#include <tuple>
#include <utility>

namespace dirbridge::proto {

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::applied: return "applied";
    case Verdict::already: return "already";
    case Verdict::refused: return "refused";
    case Verdict::retryable: return "retryable";
    case Verdict::unknown: return "unknown";
    case Verdict::not_sent: return "not_sent";
  }
  return "unknown";
}

std::string_view to_text(Evidence evidence) {
  switch (evidence) {
    case Evidence::none: return "none";
    case Evidence::result: return "result";
    case Evidence::read_back: return "read_back";
  }
  return "none";
}

Outcome Outcome::all(std::size_t count, Verdict verdict, Evidence evidence, int code, std::string diagnostic,
                     std::string advice) {
  Outcome outcome;
  if (count == 0) return outcome;
  Finding finding{verdict, evidence, code, std::move(diagnostic), std::move(advice), {}};
  finding.values.push_back({0, static_cast<std::uint32_t>(count - 1)});
  outcome.findings_.push_back(std::move(finding));
  outcome.count_ = count;
  outcome.spans_.push_back({0, 0});
  return outcome;
}

Outcome Outcome::from_values(std::vector<Finding> per_value) {
  // Ten thousand values may have ten thousand diagnostics: look equal ones up instead of comparing with all before.
  using Key = std::tuple<Verdict, Evidence, int, std::string, std::string>;
  std::map<Key, std::size_t> known;
  Outcome outcome;
  outcome.count_ = per_value.size();
  for (std::uint32_t index = 0; index < per_value.size(); ++index) {
    auto& value = per_value[index];
    // Mostly it is as the one before.
    if (!outcome.spans_.empty()) {
      auto& before = outcome.findings_[outcome.spans_.back().finding];
      if (value.verdict == before.verdict && value.evidence == before.evidence && value.code == before.code &&
          value.diagnostic == before.diagnostic && value.advice == before.advice) {
        before.values.back().last = index;
        continue;
      }
    }
    Key key{value.verdict, value.evidence, value.code, value.diagnostic, value.advice};
    const auto [at, is_new] = known.try_emplace(std::move(key), outcome.findings_.size());
    if (is_new) {
      value.values.clear();
      outcome.findings_.push_back(std::move(value));
    }
    auto& ranges = outcome.findings_[at->second].values;
    if (!ranges.empty() && ranges.back().last + 1 == index) {
      ranges.back().last = index;
    } else {
      ranges.push_back({index, index});
      outcome.spans_.push_back({index, static_cast<std::uint32_t>(at->second)});
    }
  }
  return outcome;
}

result<Outcome> Outcome::make(std::vector<Finding> findings, std::size_t count) {
  std::vector<std::pair<Finding::Range, std::uint32_t>> ranges;
  for (std::uint32_t index = 0; index < findings.size(); ++index) {
    const auto& finding = findings[index];
    if (finding.values.empty()) return Error{errc::malformed, "finding " + std::to_string(index) + " has no values"};
    for (const auto& range : finding.values) ranges.emplace_back(range, index);
  }
  std::sort(ranges.begin(), ranges.end(), [](const auto& a, const auto& b) { return a.first.first < b.first.first; });

  Outcome outcome;
  std::uint64_t next = 0;  // 64 bits: a range may end at the largest index there is
  for (const auto& [range, finding] : ranges) {
    if (range.first > range.last || range.last >= count) {
      return Error{errc::malformed, "range " + std::to_string(range.first) + "-" + std::to_string(range.last) +
                                        " is not within the " + std::to_string(count) + " values"};
    }
    if (range.first < next) return Error{errc::malformed, "value " + std::to_string(range.first) + " has two verdicts"};
    if (range.first > next) return Error{errc::malformed, "value " + std::to_string(next) + " has no verdict"};
    next = std::uint64_t{range.last} + 1;
    outcome.spans_.push_back({range.first, finding});
  }
  if (next != count) return Error{errc::malformed, "value " + std::to_string(next) + " has no verdict"};
  outcome.findings_ = std::move(findings);
  outcome.count_ = count;
  return outcome;
}

const Finding& Outcome::of(std::size_t index) const {
  assert(index < count_);
  const auto after = std::upper_bound(spans_.begin(), spans_.end(), index,
                                      [](std::size_t value, const Span& span) { return value < span.first; });
  return findings_[std::prev(after)->finding];
}

Verdict Outcome::verdict() const {
  static constexpr std::array gravest_first = {Verdict::unknown,  Verdict::retryable, Verdict::refused,
                                               Verdict::not_sent, Verdict::applied,   Verdict::already};
  for (const auto verdict : gravest_first) {
    for (const auto& finding : findings_) {
      if (finding.verdict == verdict) return verdict;
    }
  }
  return Verdict::unknown;  // nothing was said about anything: never a success
}

}  // namespace dirbridge::proto
