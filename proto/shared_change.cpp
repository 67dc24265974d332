#include "proto/shared_change.hpp"

#include <mutex>
#include <utility>

#include "proto/plain_text.hpp"

namespace dirbridge::proto {

struct SharedChange::Held {
  MembershipChange change;
  std::once_flag is_written;
  std::string text;
};

SharedChange::SharedChange() {
  static const auto nothing = std::make_shared<Held>();
  held_ = nothing;
}

SharedChange::SharedChange(MembershipChange change) : held_(std::make_shared<Held>()) {
  held_->change = std::move(change);
}

const MembershipChange& SharedChange::operator*() const { return held_->change; }

const std::string& SharedChange::text() const {
  std::call_once(held_->is_written, [this] { append_text(held_->text, held_->change); });
  return held_->text;
}

MembershipChange SharedChange::take() && {
  const auto held = std::exchange(held_, SharedChange{}.held_);
  if (held.use_count() == 1) return std::move(held->change);
  return held->change;
}

}  // namespace dirbridge::proto
