// Credentials that one server refused: not shown to it over and over, because each time counts towards a lock-out.
// Other servers are tried meanwhile: each has one of these. Pure: time is an argument.
#pragma once
#include <algorithm>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace dirbridge::ldap {

class RefusedCredentials {
 public:
  static constexpr milliseconds longest{300'000};

  // `fingerprint` of what was shown. The first pause is `first`, each further one of the same credentials twice as
  // long, up to `longest`. Returns the pause.
  milliseconds refused(std::string fingerprint, Error why, milliseconds first, TimePoint now) {
    if (pause_ > milliseconds{} && fingerprint == fingerprint_) {
      pause_ = std::min(2 * pause_, std::max(longest, first));
    } else {
      pause_ = first;
    }
    fingerprint_ = std::move(fingerprint);
    why_ = std::move(why);
    until_ = now + pause_;
    return pause_;
  }
  // They were taken, or there are others now.
  void forget() { *this = {}; }

  // Not before this may they be shown again.
  bool rests(TimePoint now) const { return now < until_; }
  bool are(const std::string& fingerprint) const { return fingerprint == fingerprint_; }
  const Error& why() const { return why_; }
  TimePoint until() const { return until_; }

 private:
  std::string fingerprint_;
  Error why_;
  milliseconds pause_{};
  TimePoint until_ = TimePoint::min();
};

}  // namespace dirbridge::ldap
