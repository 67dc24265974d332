// A password or token: it can be used, not printed.
#pragma once
#include <string>
#include <utility>

namespace dirbridge {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  // The one way to the text; grep for it to see where secrets go.
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_;
};

}  // namespace dirbridge
