#include "ldap/filter.hpp"

#include <stdexcept>
#include <utility>

#include "base/text.hpp"

namespace dirbridge::ldap {
namespace {

constexpr std::size_t max_filter_bytes = 16 * 1024;
constexpr int max_depth = 32;

bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_numeric_oid(std::string_view text) {
  for (const auto arc : split(text, '.')) {
    if (arc.empty() || (arc.size() > 1 && arc[0] == '0')) return false;
    for (const char c : arc)
      if (!is_digit(c)) return false;
  }
  return text.find('.') != std::string_view::npos;
}

bool is_name(std::string_view text) {
  if (text.empty() || !is_alpha(text[0])) return false;
  for (const char c : text)
    if (!is_alpha(c) && !is_digit(c) && c != '-') return false;
  return true;
}

bool is_oid(std::string_view text) { return is_name(text) || is_numeric_oid(text); }

// Recursive descent over RFC 4515; writes the filter without blanks as it goes.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  result<std::string> parse() {
    skip_blanks();
    const bool bare = at_ < text_.size() && text_[at_] != '(';
    const bool fine = bare ? bare_item() : filter(1);
    skip_blanks();
    if (fine && at_ < text_.size()) fail("something follows the end of the filter");
    if (!why_.empty()) return Error{errc::malformed, "filter, position " + std::to_string(at_ + 1) + ": " + why_};
    return std::move(out_);
  }

 private:
  bool fail(std::string why) {
    if (why_.empty()) why_ = std::move(why);
    return false;
  }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }
  bool expect(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return fail(std::string{"'"} + c + "' expected");
    out_ += c;
    ++at_;
    return true;
  }

  bool bare_item() {
    out_ += '(';
    const bool fine = item(text_.size() - at_);
    out_ += ')';
    return fine;
  }

  bool filter(int depth) {
    if (depth > max_depth) return fail("more than " + std::to_string(max_depth) + " levels");
    skip_blanks();
    if (!expect('(')) return false;
    skip_blanks();
    if (at_ >= text_.size()) return fail("the filter ends too early");
    const char op = text_[at_];
    if (op == '&' || op == '|') {
      if (!expect(op) || !list(depth)) return false;
    } else if (op == '!') {
      if (!expect(op) || !filter(depth + 1)) return false;
    } else {
      const auto end = text_.find(')', at_);  // a ')' inside a value is written \29
      if (end == std::string_view::npos) return fail("')' is missing");
      if (!item(end - at_)) return false;
    }
    skip_blanks();
    return expect(')');
  }

  bool list(int depth) {
    // RFC 4526 allows (&) and (|); a configured filter that says nothing is more likely a slip.
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == ')') return fail("an empty list");
    while (at_ < text_.size() && text_[at_] != ')') {
      if (!filter(depth + 1)) return false;
      skip_blanks();
    }
    return true;
  }

  bool item(std::size_t length) {
    const std::string_view all = text_.substr(at_, length);
    const auto equals = all.find('=');
    if (equals == std::string_view::npos) return fail("'=' expected");
    std::string_view left = all.substr(0, equals);
    const std::string_view value = all.substr(equals + 1);
    bool simple = true;  // "=" proper, where asterisks make a substring or presence filter
    if (!left.empty() && (left.back() == '~' || left.back() == '<' || left.back() == '>')) {
      left.remove_suffix(1);
      simple = false;
    } else if (!left.empty() && left.back() == ':') {
      left.remove_suffix(1);
      simple = false;
      if (!extensible(left)) return fail("not a matching rule: \"" + std::string{left} + "\"");
      left = {};
    }
    if (!left.empty() || simple || all[0] == '=') {
      if (!is_attribute_description(left)) return fail("not an attribute description: \"" + std::string{left} + "\"");
    }
    if (!check_value(value, equals + 1, simple)) return false;
    out_ += all;
    at_ += length;
    return true;
  }

  // attr [":dn"] [":" rule] or [":dn"] ":" rule
  static bool extensible(std::string_view left) {
    auto parts = split(left, ':');
    const bool has_attribute = !parts[0].empty();
    if (has_attribute && !is_attribute_description(parts[0])) return false;
    std::size_t next = 1;
    if (next < parts.size() && equals_ignore_case(parts[next], "dn")) ++next;
    const bool has_rule = next < parts.size();
    if (has_rule && !is_oid(parts[next++])) return false;
    return next >= parts.size() && (has_attribute || has_rule);
  }

  bool check_value(std::string_view value, std::size_t offset, bool asterisks) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      const char c = value[i];
      const auto bad = [&](const char* why) {
        at_ += offset + i;
        return fail(why);
      };
      if (c == '\0') return bad("a NUL byte; write \\00");
      if (c == '(' || c == ')') return bad("a parenthesis in a value; write \\28 or \\29");
      if (c == '*' && !asterisks) return bad("'*' in a value; write \\2a");
      if (c == '*' && i > 0 && value[i - 1] == '*') return bad("two asterisks in a row");
      if (c == '\\') {
        if (i + 2 >= value.size() || !is_hex(value[i + 1]) || !is_hex(value[i + 2]))
          return bad("a backslash needs two hexadecimal digits; a backslash itself is \\5c");
        i += 2;
      }
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
  std::string why_;
};

}  // namespace

bool is_attribute_description(std::string_view text) {
  const auto parts = split(text, ';');
  if (!is_oid(parts[0])) return false;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].empty()) return false;
    for (const char c : parts[i])
      if (!is_alpha(c) && !is_digit(c) && std::string_view{"-=*"}.find(c) == std::string_view::npos) return false;
  }
  return true;
}

std::string escape_filter_value(std::string_view value) {
  static constexpr std::string_view hex = "0123456789abcdef";
  const bool text = is_utf8(value);
  std::string out;
  out.reserve(value.size());
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    const bool special = c == '*' || c == '(' || c == ')' || c == '\\' || byte < 0x20 || byte == 0x7f;
    if (special || (!text && byte >= 0x80)) {
      out += {'\\', hex[byte >> 4], hex[byte & 15]};
    } else {
      out += c;
    }
  }
  return out;
}

namespace {

// Not an assertion: an attribute that is not one could change what the filter means.
void require_attribute(std::string_view attribute) {
  if (!is_attribute_description(attribute)) throw std::invalid_argument{"not an attribute description"};
}

}  // namespace

Filter Filter::equality(std::string_view attribute, std::string_view value) {
  require_attribute(attribute);
  return Filter{"(" + std::string{attribute} + "=" + escape_filter_value(value) + ")"};
}

Filter Filter::present(std::string_view attribute) {
  require_attribute(attribute);
  return Filter{"(" + std::string{attribute} + "=*)"};
}

Filter Filter::combine(char op, const std::vector<Filter>& operands) {
  if (operands.empty()) throw std::invalid_argument{"a filter without operands"};
  if (operands.size() == 1) return operands.front();
  std::string text = {'(', op};
  for (const auto& operand : operands) text += operand.text_;
  return Filter{text + ")"};
}

Filter Filter::and_(std::vector<Filter> operands) { return combine('&', operands); }
Filter Filter::or_(std::vector<Filter> operands) { return combine('|', operands); }
Filter Filter::not_(const Filter& operand) { return Filter{"(!" + operand.text_ + ")"}; }

result<Filter> Filter::parse(std::string_view text) {
  if (text.size() > max_filter_bytes)
    return Error{errc::too_large, "a filter is longer than " + std::to_string(max_filter_bytes) + " bytes"};
  if (trim(text).empty()) return Error{errc::malformed, "a filter is empty"};
  if (!is_utf8(text)) return Error{errc::malformed, "a filter is not UTF-8; write other bytes as \\xx"};
  auto parsed = Parser{text}.parse();
  if (!parsed) return parsed.error();
  return Filter{std::move(*parsed)};
}

}  // namespace dirbridge::ldap
