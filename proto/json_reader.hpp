// Reads one JSON object strictly, key by key: wrong types, sizes and ranges, missing and unknown keys are refused with
// the place of the bad key ("jobs[3].change.members[17].dn"). The first fault wins; later reads go on and return
// defaults, so that a reader is written as one straight line and asks once, at the end, whether all was well.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/ids.hpp"
#include "proto/strict_json.hpp"

namespace dirbridge::proto {

inline constexpr std::size_t max_name_bytes = 256;   // names, logins, stable ids
inline constexpr std::size_t max_text_bytes = 4096;  // diagnostics, descriptions, reasons
inline constexpr milliseconds max_duration{24 * 3600 * 1000};
// Every JSON number is an integer all languages can hold (RFC 7493 section 2.2).
inline constexpr std::int64_t max_integer = (std::int64_t{1} << 53) - 1;

// Where a value stands in its document. Made on the stack, one per level; text is only made when something is wrong.
class Place {
 public:
  explicit Place(std::string_view root) : key_(root) {}
  Place(const Place& parent, std::string_view key) : parent_(&parent), key_(key) {}
  Place(const Place& parent, std::size_t index) : parent_(&parent), index_(index) {}
  std::string text() const;

 private:
  const Place* parent_ = nullptr;
  std::string_view key_;
  std::optional<std::size_t> index_;
};

// The first thing that was wrong.
struct Fault {
  std::optional<Error> error;
  void set(const Place& place, std::string_view problem);
};

class ObjectReader {
 public:
  // `value`, `place` and `fault` outlive the reader.
  ObjectReader(const Json& value, const Place& place, Fault& fault);
  ObjectReader(const ObjectReader&) = delete;
  ObjectReader& operator=(const ObjectReader&) = delete;
  // Refuses keys nobody asked for.
  ~ObjectReader();

  // Strings. A `optional_` one may be absent, which reads as empty. None may hold a NUL.
  std::string name(std::string_view key);           // 1 to max_name_bytes
  std::string optional_name(std::string_view key);  // 0 to max_name_bytes
  std::string optional_text(std::string_view key);  // 0 to max_text_bytes
  std::string bounded(std::string_view key, std::size_t least, std::size_t most);
  std::string token(std::string_view key);  // 1 to max_id_bytes graphic ASCII characters: fit for a log line
  std::string optional_token(std::string_view key);
  template <class AnyId>
  AnyId id(std::string_view key) {
    return AnyId{token(key)};
  }
  template <class AnyId>
  AnyId optional_id(std::string_view key) {
    return AnyId{optional_token(key)};
  }
  // Unpadded base64url of exactly `bytes` bytes, returned as it stands.
  std::string base64url(std::string_view key, std::size_t bytes);

  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::int64_t optional_integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::uint64_t counter(std::string_view key) { return static_cast<std::uint64_t>(integer(key, 0, max_integer)); }
  milliseconds duration(std::string_view key, milliseconds least, milliseconds most = max_duration);
  bool boolean(std::string_view key);

  // One of `all`, spelled as its to_text().
  template <class Word, std::size_t n>
  Word word(std::string_view key, const std::array<Word, n>& all);
  template <class Word, std::size_t n>
  Word optional_word(std::string_view key, const std::array<Word, n>& all);

  // Calls `each(element, place)` for every element of an array of at most `most`; stops at the first fault.
  template <class Each>
  void array(std::string_view key, std::size_t least, std::size_t most, Each&& each);
  // Calls `read(value, place)` with the value under `key`.
  template <class Read>
  void value(std::string_view key, Read&& read);

  const Place& place() const { return place_; }
  Fault& fault() { return fault_; }
  bool ok() const { return !fault_.error; }
  bool has(std::string_view key) const;

 private:
  const Json* find(std::string_view key, bool required);
  const Json::array_t* find_array(std::string_view key, std::size_t least, std::size_t most);
  std::string read_text(const Json* value, std::string_view key, std::size_t least, std::size_t most);
  void bad(std::string_view key, std::string_view problem) { fault_.set(Place{place_, key}, problem); }

  const Json* object_ = nullptr;  // null: not an object, and said so
  const Place& place_;
  Fault& fault_;
  std::array<std::string_view, 24> asked_{};  // more keys than any object of the protocol has
  std::size_t asked_count_ = 0;
  std::size_t found_count_ = 0;
};

template <class Word, std::size_t n>
Word ObjectReader::word(std::string_view key, const std::array<Word, n>& all) {
  const Json* const found = find(key, true);
  if (found == nullptr) return all.front();
  const auto* const text = found->get_ptr<const std::string*>();
  std::string choices;
  for (const Word word : all) {
    if (text != nullptr && *text == to_text(word)) return word;
    choices.append(choices.empty() ? "must be one of " : ", ").append(to_text(word));
  }
  bad(key, choices);
  return all.front();
}

template <class Word, std::size_t n>
Word ObjectReader::optional_word(std::string_view key, const std::array<Word, n>& all) {
  return has(key) ? word(key, all) : all.front();
}

template <class Each>
void ObjectReader::array(std::string_view key, std::size_t least, std::size_t most, Each&& each) {
  const auto* const elements = find_array(key, least, most);
  if (elements == nullptr) return;
  const Place here{place_, key};
  for (std::size_t i = 0; i < elements->size() && ok(); ++i) each((*elements)[i], Place{here, i});
}

template <class Read>
void ObjectReader::value(std::string_view key, Read&& read) {
  if (const Json* const found = find(key, true)) read(*found, Place{place_, key});
}

}  // namespace dirbridge::proto
