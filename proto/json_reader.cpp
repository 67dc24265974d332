#include "proto/json_reader.hpp"

#include <algorithm>
#include <cassert>

#include "base/crypto.hpp"
#include "proto/membership_change.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::proto {
namespace {

constexpr std::size_t max_shown_key = 64;  // an unknown key is the peer's text: shown, but not all of it

std::string length_problem(std::size_t least, std::size_t most) {
  return "must be a string of " + std::to_string(least) + " to " + std::to_string(most) + " bytes";
}

}  // namespace

std::string Place::text() const {
  if (parent_ == nullptr) return std::string{key_};
  auto path = parent_->text();
  if (index_) return path + '[' + std::to_string(*index_) + ']';
  if (!path.empty()) path += '.';
  return path + clip(key_, max_shown_key);
}

void Fault::set(const Place& place, std::string_view problem) {
  if (error) return;
  auto where = place.text();
  error = Error{errc::malformed, (where.empty() ? "" : where + ": ").append(problem)};
}

ObjectReader::ObjectReader(const Json& value, const Place& place, Fault& fault) : place_(place), fault_(fault) {
  if (value.is_object()) {
    object_ = &value;
  } else {
    fault_.set(place_, "must be an object");
  }
}

ObjectReader::~ObjectReader() {
  if (object_ == nullptr || found_count_ == object_->size() || fault_.error) return;
  const auto asked_end = asked_.begin() + static_cast<std::ptrdiff_t>(asked_count_);
  for (const auto& [key, unused] : object_->items()) {
    if (std::find(asked_.begin(), asked_end, key) == asked_end) bad(key, "is not a known key");
  }
}

bool ObjectReader::has(std::string_view key) const { return object_ != nullptr && object_->contains(key); }

const Json* ObjectReader::find(std::string_view key, bool required) {
  if (object_ == nullptr) return nullptr;
  assert(asked_count_ < asked_.size());
  asked_[asked_count_++] = key;
  const auto found = object_->find(key);
  if (found != object_->end()) {
    ++found_count_;
    return &*found;
  }
  if (required) bad(key, "is missing");
  return nullptr;
}

std::string ObjectReader::read_text(const Json* value, std::string_view key, std::size_t least, std::size_t most) {
  if (value == nullptr) return {};
  const auto* const text = value->get_ptr<const std::string*>();
  if (text == nullptr || text->size() < least || text->size() > most) {
    bad(key, length_problem(least, most));
    return {};
  }
  if (text->find('\0') != std::string::npos) {
    bad(key, "must not hold a NUL character");
    return {};
  }
  return *text;
}

std::string ObjectReader::name(std::string_view key) { return bounded(key, 1, max_name_bytes); }
std::string ObjectReader::optional_name(std::string_view key) {
  return read_text(find(key, false), key, 0, max_name_bytes);
}
std::string ObjectReader::optional_text(std::string_view key) {
  return read_text(find(key, false), key, 0, max_text_bytes);
}
std::string ObjectReader::bounded(std::string_view key, std::size_t least, std::size_t most) {
  return read_text(find(key, true), key, least, most);
}

std::string ObjectReader::token(std::string_view key) {
  auto text = bounded(key, 1, max_id_bytes);
  if (std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7F'; })) return text;
  bad(key, "must be graphic ASCII characters");
  return {};
}

std::string ObjectReader::optional_token(std::string_view key) {
  if (!has(key)) return {};
  const auto& value = (*object_)[key];
  const auto* const text = value.get_ptr<const std::string*>();
  if (text == nullptr || !text->empty()) return token(key);
  find(key, false);
  return {};
}

std::string ObjectReader::base64url(std::string_view key, std::size_t bytes) {
  const auto encoded = (bytes * 8 + 5) / 6;
  auto text = bounded(key, encoded, encoded);
  if (text.empty()) return text;
  const auto decoded = from_base64url(text);
  if (decoded && decoded->size() == bytes) return text;
  bad(key, "must be unpadded base64url of " + std::to_string(bytes) + " bytes");
  return {};
}

std::int64_t ObjectReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const Json* const found = find(key, true);
  if (found == nullptr) return least;
  // nlohmann keeps integers from 2^63 up as unsigned and those beyond 2^64 as float: both are out of every range here.
  const bool fits = found->is_number_unsigned() ? found->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX)
                                                : found->is_number_integer();
  if (fits) {
    const auto number = found->get<std::int64_t>();
    if (number >= least && number <= most) return number;
  }
  bad(key, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return least;
}

std::int64_t ObjectReader::optional_integer(std::string_view key, std::int64_t least, std::int64_t most) {
  return has(key) ? integer(key, least, most) : 0;
}

milliseconds ObjectReader::duration(std::string_view key, milliseconds least, milliseconds most) {
  return milliseconds{integer(key, least.count(), most.count())};
}

bool ObjectReader::boolean(std::string_view key) {
  const Json* const found = find(key, true);
  if (found == nullptr) return false;
  if (found->is_boolean()) return found->get<bool>();
  bad(key, "must be true or false");
  return false;
}

const Json::array_t* ObjectReader::find_array(std::string_view key, std::size_t least, std::size_t most) {
  const Json* const found = find(key, true);
  if (found == nullptr) return nullptr;
  const auto* const elements = found->get_ptr<const Json::array_t*>();
  if (elements != nullptr && elements->size() >= least && elements->size() <= most) return elements;
  bad(key, "must be an array of " + std::to_string(least) + " to " + std::to_string(most) + " elements");
  return nullptr;
}

}  // namespace dirbridge::proto
