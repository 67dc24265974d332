#include "proto/strict_json.hpp"

#include <algorithm>
#include <iterator>
#include <optional>

#include "proto/utf8.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::size_t max_repeated = 32;
constexpr std::size_t max_shown_key = 64;

// Walks the text and tells how far the parser has come: SAX callbacks are not told the position.
class Cursor {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  Cursor(const char* at, const char** reached) : at_(at), reached_(reached) {}
  reference operator*() const { return *at_; }
  Cursor& operator++() {
    *reached_ = ++at_;
    return *this;
  }
  friend bool operator==(const Cursor& a, const Cursor& b) { return a.at_ == b.at_; }
  friend bool operator!=(const Cursor& a, const Cursor& b) { return a.at_ != b.at_; }

 private:
  const char* at_;
  const char** reached_;
};

// Builds the document from nlohmann's events. Its parser keeps a stack of its own, so deep text costs no machine stack;
// counting depth here stops it before a document exists whose copying or printing would recurse.
class Builder {
 public:
  Builder(std::string_view text, const JsonLimits& limits, std::vector<std::string>* repeated)
      : text_(text), reached_(text.data()), limits_(limits), repeated_(repeated) {}

  result<Json> build() {
    const bool ok =
        Json::sax_parse(Cursor{text_.data(), &reached_}, Cursor{text_.data() + text_.size(), &reached_}, this);
    if (error_) return std::move(*error_);
    if (!ok) return Error{errc::malformed, "not well-formed JSON"};
    // Json converts to anything, an Error included, so the plain form is ambiguous.
    return {boost::system::in_place_value, std::move(root_)};
  }

  bool null() { return add(nullptr) != nullptr; }
  bool boolean(bool value) { return add(value) != nullptr; }
  bool number_integer(Json::number_integer_t value) { return add(value) != nullptr; }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value) != nullptr; }
  bool number_float(Json::number_float_t value, const std::string&) { return add(value) != nullptr; }
  bool string(std::string& value) { return add(std::move(value)) != nullptr; }
  bool binary(Json::binary_t&) { return false; }  // JSON text has none
  bool start_object(std::size_t) { return open(Json::value_t::object); }
  bool start_array(std::size_t) { return open(Json::value_t::array); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    auto& container = open_.back();
    auto& object = *container.value->get_ptr<Json::object_t*>();
    const auto [at, inserted] = object.try_emplace(std::move(name), nullptr);
    container.key = &at->first;
    slot_ = &at->second;
    if (inserted) return true;
    if (repeated_ == nullptr) return fail(errc::malformed, "key appears twice: " + place());
    if (repeated_->size() < max_repeated) repeated_->push_back(place());
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception& why) {
    // nlohmann's sentence quotes the last token, which the peer may have made megabytes long; only its kind is used.
    const std::string_view words = why.what();
    const auto at = std::min(position > 0 ? position - 1 : 0, text_.size());
    const std::string_view problem = words.find("ill-formed UTF-8") != words.npos ? "not UTF-8"
                                     : words.find("surrogate") != words.npos      ? "lone surrogate"
                                     : words.find("overflow") != words.npos       ? "number out of range"
                                     : at >= text_.size()                         ? "JSON ends too early"
                                                                                  : "not well-formed JSON";
    error_ = Error{errc::malformed, std::string{problem} + " at byte " + std::to_string(at)};
    return false;
  }

 private:
  struct Open {
    Json* value;
    const std::string* key;  // of the member being read, if an object; map nodes do not move
  };

  Json* add(Json value) {
    if (++values_ > limits_.values) {
      fail(errc::too_large, "more than " + std::to_string(limits_.values) + " JSON values");
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    if (auto* array = open_.back().value->get_ptr<Json::array_t*>()) return &array->emplace_back(std::move(value));
    return &(*slot_ = std::move(value));
  }

  bool open(Json::value_t kind) {
    if (open_.size() >= limits_.depth) {
      return fail(errc::too_large, "nested deeper than " + std::to_string(limits_.depth));
    }
    Json* const container = add(Json(kind));
    if (container != nullptr) open_.push_back({container, nullptr});
    return container != nullptr;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::string place() const {
    std::string text;
    for (const auto& container : open_) {
      if (const auto* array = container.value->get_ptr<const Json::array_t*>()) {
        text += '[' + std::to_string(array->size() - 1) + ']';
      } else {
        if (!text.empty()) text += '.';
        text += clip(*container.key, max_shown_key);
      }
    }
    return text;
  }

  bool fail(errc code, std::string problem) {
    const auto at = static_cast<std::size_t>(reached_ - text_.data());
    error_ = Error{code, std::move(problem) + " at byte " + std::to_string(at > 0 ? at - 1 : 0)};
    return false;
  }

  std::string_view text_;
  const char* reached_;
  JsonLimits limits_;
  std::vector<std::string>* repeated_;
  std::size_t values_ = 0;
  Json root_;
  std::vector<Open> open_;
  Json* slot_ = nullptr;
  std::optional<Error> error_;
};

result<Json> parse(std::string_view text, const JsonLimits& limits, std::vector<std::string>* repeated) {
  if (text.size() > limits.bytes) {
    return Error{errc::too_large,
                 std::to_string(text.size()) + " bytes, at most " + std::to_string(limits.bytes) + " are read"};
  }
  // nlohmann takes a NUL byte for the end of the text and would never look at what follows.
  if (const auto nul = text.find('\0'); nul != text.npos) {
    return Error{errc::malformed, "NUL byte at byte " + std::to_string(nul)};
  }
  return Builder{text, limits, repeated}.build();
}

}  // namespace

result<Json> parse_json(std::string_view text, const JsonLimits& limits) { return parse(text, limits, nullptr); }

result<Json> parse_json(std::string_view text, const JsonLimits& limits, std::vector<std::string>& repeated) {
  return parse(text, limits, &repeated);
}

}  // namespace dirbridge::proto
