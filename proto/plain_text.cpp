#include "proto/plain_text.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "base/text.hpp"
#include "proto/frame_fields.hpp"

namespace dirbridge::proto {
namespace {

// What JSON writes as it stands.
constexpr auto plain_chars = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = ' '; c <= '~'; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();
bool is_plain(char c) { return plain_chars[static_cast<unsigned char>(c)]; }

void append_ref(std::string& out, const ObjectRef& object) {
  out += "{\"dn\":";
  append_text(out, object.dn);
  out += ",\"id\":";
  append_text(out, object.id);
  if (!object.stable_id.empty()) {
    out += ",\"stable_id\":";
    const bool fits = object.stable_id.size() <= max_name_bytes && std::ranges::all_of(object.stable_id, is_plain);
    append_text(out, fits ? object.stable_id : clip(object.stable_id, max_name_bytes));
  }
  out += '}';
}

// Each call takes what it names from the front, or says false; then nothing more is asked.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool is_at_end() const { return text_.empty(); }
  bool literal(std::string_view wanted) {
    if (!text_.starts_with(wanted)) return false;
    text_.remove_prefix(wanted.size());
    return true;
  }

  bool string(std::string& out, std::size_t least, std::size_t most) {
    if (!literal("\"")) return false;
    bool ascii = true;
    for (;;) {
      std::size_t plain = 0;
      while (plain < text_.size() && is_plain(text_[plain])) ++plain;
      out.append(text_.substr(0, plain));
      text_.remove_prefix(plain);
      if (text_.empty()) return false;
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c == '"') break;
      if (c == '\\') {
        if (text_.empty() || (text_.front() != '"' && text_.front() != '\\')) return false;
        out += text_.front();
        text_.remove_prefix(1);
      } else if (static_cast<unsigned char>(c) >= 0x80) {
        ascii = false;
        out += c;
      } else {
        return false;
      }
    }
    return out.size() >= least && out.size() <= most && (ascii || is_utf8(out));
  }

  bool token(std::string& out) {
    return string(out, 1, max_id_bytes) && std::ranges::all_of(out, [](char c) { return c > ' ' && c < '\x7F'; });
  }
  template <class AnyId>
  bool id(AnyId& out) {
    std::string text;
    if (!token(text)) return false;
    out = AnyId{std::move(text)};
    return true;
  }

  // Without a sign; fifteen digits are below max_integer.
  bool integer(std::int64_t& out, std::int64_t least, std::int64_t most) {
    constexpr std::size_t max_digits = 15;
    std::size_t digits = 0;
    out = 0;
    for (; digits < text_.size() && text_[digits] >= '0' && text_[digits] <= '9'; ++digits) {
      if (digits == max_digits || (digits == 1 && text_.front() == '0')) return false;
      out = out * 10 + (text_[digits] - '0');
    }
    text_.remove_prefix(digits);
    return digits > 0 && out >= least && out <= most;
  }

  // The plain ones only, as they stand in the text.
  bool plain_string(std::string_view& out, std::size_t least, std::size_t most) {
    if (!literal("\"")) return false;
    std::size_t length = 0;
    while (length < text_.size() && is_plain(text_[length])) ++length;
    out = text_.substr(0, length);
    text_.remove_prefix(length);
    return length >= least && length <= most && literal("\"");
  }

  // What may stand between the parts of JSON, then `wanted`, then that again.
  bool part(std::string_view wanted) {
    blanks();
    if (!literal(wanted)) return false;
    blanks();
    return true;
  }
  void blanks() {
    while (!text_.empty() && std::string_view{" \t\r\n"}.find(text_.front()) != std::string_view::npos)
      text_.remove_prefix(1);
  }

  bool boolean(bool& out) {
    out = text_.starts_with("true");
    return literal(out ? "true" : "false");
  }

 private:
  std::string_view text_;
};

bool read(Scanner& in, ObjectRef& object) {
  return in.literal("{\"dn\":") && in.string(object.dn, 1, max_dn_bytes) && in.literal(",\"id\":") &&
         in.token(object.id) && (!in.literal(",\"stable_id\":") || in.string(object.stable_id, 0, max_name_bytes)) &&
         in.literal("}");
}

bool read(Scanner& in, MembershipChange& change) {
  if (!in.literal("{\"action\":\"")) return false;
  change.action = Action::add;
  if (!in.literal("ADD\"")) {
    change.action = Action::remove;
    if (!in.literal("REMOVE\"")) return false;
  }
  if (!in.literal(",\"attribute\":") || !in.string(change.attribute, 1, max_attribute_bytes) ||
      !is_attribute_description(change.attribute) || !in.literal(",\"group\":") || !read(in, change.group) ||
      !in.literal(",\"members\":["))
    return false;
  do {
    if (change.members.size() == max_values || !read(in, change.members.emplace_back())) return false;
  } while (in.literal(","));
  if (!in.literal("]}")) return false;
  if (change.members.size() == 1) return true;
  std::unordered_set<std::string_view> ids;
  ids.reserve(change.members.size());
  return std::ranges::all_of(change.members, [&](const ObjectRef& member) { return ids.insert(member.id).second; });
}

bool read(Scanner& in, Fence& fence) {
  std::string text;
  if (!in.token(text)) return false;
  const auto parsed = parse_fence(text);
  if (parsed) fence = *parsed;
  return parsed.has_value();
}

bool read(Scanner& in, milliseconds& duration, milliseconds least) {
  std::int64_t count = 0;
  if (!in.integer(count, least.count(), max_duration.count())) return false;
  duration = milliseconds{count};
  return true;
}

bool read(Scanner& in, DeliveredJob& job) {
  MembershipChange change;
  std::int64_t delivery = 0;
  if (!in.literal("{\"change\":") || !read(in, change) || !in.literal(",\"delivery\":") ||
      !in.integer(delivery, 1, 1'000'000) || !in.literal(",\"job\":") || !in.id(job.job) ||
      !in.literal(",\"lease\":") || !read(in, job.lease) || !in.literal(",\"lease_ms\":") ||
      !read(in, job.lease_time, milliseconds{1}) || !in.literal(",\"reconcile\":") || !in.boolean(job.reconcile) ||
      !in.literal(",\"remaining_ms\":") || !read(in, job.remaining, milliseconds{0}))
    return false;
  job.change = std::move(change);
  job.delivery = static_cast<int>(delivery);
  return (!in.literal(",\"request\":") || in.id(job.request)) && in.literal("}");
}

}  // namespace

void append_text(std::string& out, std::string_view text) {
  if (!std::ranges::all_of(text, is_plain)) {
    out += dump(Json(text));
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void append_text(std::string& out, const MembershipChange& change) {
  constexpr std::size_t keys = 32;
  auto bytes = out.size() + 4 * keys;
  for (const auto& member : change.members)
    bytes += keys + member.dn.size() + member.id.size() + member.stable_id.size();
  out.reserve(bytes);
  out.append("{\"action\":\"").append(to_text(change.action)).append("\",\"attribute\":");
  append_text(out, change.attribute);
  out += ",\"group\":";
  append_ref(out, change.group);
  out += ",\"members\":[";
  for (std::size_t i = 0; i < change.members.size(); ++i) {
    if (i > 0) out += ',';
    append_ref(out, change.members[i]);
  }
  out += "]}";
}

std::optional<Jobs> read_plain_jobs(std::string_view text) {
  // What the reader of documents counts as values takes at least so many bytes each in this frame: {"dn":"x","id":"y"}.
  constexpr std::size_t bytes_of_value = 6;
  if (text.size() > max_frame_bytes || text.size() / bytes_of_value > JsonLimits{}.values) return std::nullopt;
  Scanner in{text};
  Jobs frame;
  std::int64_t poll = 0;
  if (!in.literal("{\"at\":") || !in.integer(frame.at, 0, max_integer) || !in.literal(",\"jobs\":["))
    return std::nullopt;
  if (!in.literal("]")) {
    do {
      if (frame.jobs.size() == max_credit || !read(in, frame.jobs.emplace_back())) return std::nullopt;
    } while (in.literal(","));
    if (!in.literal("]")) return std::nullopt;
  }
  if (!in.literal(",\"poll\":") || !in.integer(poll, 0, max_integer) || !in.literal(",\"type\":\"jobs\"}") ||
      !in.is_at_end())
    return std::nullopt;
  frame.poll = static_cast<std::uint64_t>(poll);
  return frame;
}

std::optional<ModifyBody> read_plain_body(std::string_view text) {
  const auto key = [](Scanner& in, std::string_view before, std::string_view name) {
    return in.part(before) && in.literal(name) && in.part(":");
  };
  Scanner in{text};
  ModifyBody body;
  std::string_view word;
  if (!key(in, "{", "\"id\"") || !in.plain_string(word, 1, max_id_bytes)) return std::nullopt;
  body.group = GroupId{std::string{word}};
  if (!key(in, ",", "\"parameters\"") || !key(in, "{", "\"action\"") ||
      !in.plain_string(word, 1, max_attribute_bytes) || (word != "ADD" && word != "REMOVE"))
    return std::nullopt;
  body.action = word == "ADD" ? Action::add : Action::remove;
  if (!key(in, ",", "\"attribute\"") || !in.plain_string(word, 1, max_attribute_bytes) ||
      !is_attribute_description(word))
    return std::nullopt;
  body.attribute = word;
  if (!key(in, ",", "\"values\"") || !in.part("[")) return std::nullopt;
  std::vector<std::string_view> values;
  do {
    if (values.size() == max_values || !in.plain_string(values.emplace_back(), 1, max_id_bytes)) return std::nullopt;
  } while (in.part(","));
  if (!in.part("]") || !in.part("}") || !in.part("}") || !in.is_at_end()) return std::nullopt;
  std::unordered_set<std::string_view> seen;
  seen.reserve(values.size());
  body.values.reserve(values.size());
  for (const auto value : values)
    if (seen.insert(value).second) body.values.emplace_back(std::string{value});
  return body;
}

}  // namespace dirbridge::proto
