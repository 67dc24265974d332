// Search filters (RFC 4515), correct by construction: values are escaped here and nowhere else.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace dirbridge::ldap {

// Text of a well-formed filter. Values may hold any bytes; attribute descriptions come from our own code or were
// checked with is_attribute_description(); std::invalid_argument if it was not.
class Filter {
 public:
  static Filter equality(std::string_view attribute, std::string_view value);
  static Filter present(std::string_view attribute);
  // At least one operand, else std::invalid_argument.
  static Filter and_(std::vector<Filter> operands);
  static Filter or_(std::vector<Filter> operands);
  static Filter not_(const Filter& operand);
  // A filter somebody configured, checked against the whole grammar of RFC 4515. Blanks and line ends between the
  // parts are dropped; the outermost parentheses may be missing. The error names the position (1-based, in bytes).
  // Limits: 16 KiB, 32 levels.
  static result<Filter> parse(std::string_view text);

  const std::string& text() const { return text_; }
  friend bool operator==(const Filter&, const Filter&) = default;

 private:
  explicit Filter(std::string text) : text_(std::move(text)) {}
  static Filter combine(char op, const std::vector<Filter>& operands);
  std::string text_;
};

// RFC 4512 section 2.5: a name or numeric OID, options after semicolons ("member;range=0-*" has AD's form and is
// allowed).
bool is_attribute_description(std::string_view text);
// RFC 4515 section 3: what a value needs to stand in a filter.
std::string escape_filter_value(std::string_view value);

}  // namespace dirbridge::ldap
