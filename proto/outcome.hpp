// What happened to a change: one verdict per value, with its evidence.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace dirbridge::proto {

enum class Verdict {
  applied,    // the directory changed
  already,    // it was so before: success, nothing changed
  refused,    // the directory said no, for good
  retryable,  // the directory could not now (busy, unavailable); nothing changed
  unknown,    // sent, and no word yet: being reconciled
  not_sent,   // never given to the directory: cancelled, lease or deadline passed first
};
enum class Evidence {
  none,
  result,     // the directory's own result
  read_back,  // the state was read afterwards
};
std::string_view to_text(Verdict verdict);
std::string_view to_text(Evidence evidence);

// The values of one change that share a verdict. Indices point into MembershipChange::members.
struct Finding {
  struct Range {
    std::uint32_t first = 0;
    std::uint32_t last = 0;  // inclusive
    friend bool operator==(const Range&, const Range&) = default;
  };
  Verdict verdict{};
  Evidence evidence{};
  int code = 0;            // LDAP result code, 0 if the directory gave none
  std::string diagnostic;  // the directory's own words
  std::string advice;      // our sentence: what to do about it
  std::vector<Range> values;
  friend bool operator==(const Finding&, const Finding&) = default;
};

// Of a whole job. Invariant, checked by parsing and by make(): every member index appears exactly once.
class Outcome {
 public:
  Outcome() = default;
  // The same verdict for all `count` values.
  static Outcome all(std::size_t count, Verdict verdict, Evidence evidence = Evidence::none, int code = 0,
                     std::string diagnostic = {}, std::string advice = {});
  // One finding per value, in member order (their `values` are ignored): equal ones become one finding, neighbours one
  // range.
  static Outcome from_values(std::vector<Finding> per_value);
  // errc::malformed names the value that has no verdict or two.
  static result<Outcome> make(std::vector<Finding> findings, std::size_t count);

  const std::vector<Finding>& findings() const { return findings_; }
  std::size_t count() const { return count_; }
  const Finding& of(std::size_t index) const;  // index < count(); logarithmic in the number of ranges

  // What the job as a whole came to: unknown if any value is, else retryable if any, else refused if any, else not_sent
  // if any, else applied if any, else already. Of an empty outcome: unknown.
  Verdict verdict() const;
  // Every value is in the wanted state: what a 200 means.
  bool is_success() const { return verdict() == Verdict::applied || verdict() == Verdict::already; }

  friend bool operator==(const Outcome&, const Outcome&) = default;

 private:
  struct Span {  // values from `first` up to the next span's belong to `finding`
    std::uint32_t first = 0;
    std::uint32_t finding = 0;
    friend bool operator==(const Span&, const Span&) = default;
  };
  std::vector<Finding> findings_;
  std::size_t count_ = 0;
  std::vector<Span> spans_;  // ordered by `first`: follows from findings_
};

}  // namespace dirbridge::proto
