// Recursive descent over the text; depth and size are bounded before anything is built.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "hub/filter/expression.hpp"
#include "hub/object_time.hpp"

namespace dirbridge::hub::filter {
namespace {

constexpr std::array<std::pair<std::string_view, Operator>, 10> operators{{{"eq", Operator::equal},
                                                                           {"ne", Operator::not_equal},
                                                                           {"gt", Operator::greater},
                                                                           {"ge", Operator::greater_equal},
                                                                           {"lt", Operator::less},
                                                                           {"le", Operator::less_equal},
                                                                           {"sw", Operator::starts_with},
                                                                           {"co", Operator::contains},
                                                                           {"ew", Operator::ends_with},
                                                                           {"pr", Operator::present}}};

// Of every object that a filter is asked about.
constexpr std::array<std::string_view, 8> times{"created",         "activated",   "statusChanged",         "lastLogin",
                                                "passwordChanged", "lastUpdated", "lastMembershipUpdated", "published"};

// A time in any zone is compared as the moment it is; what is no time would be compared as a text, which says nothing.
void make_time(Term& term) {
  const bool is_time = term.path.size() == 1 && std::ranges::find(times, term.path.front()) != times.end();
  if (!is_time || term.op > Operator::less_equal || term.value.is_null()) return;
  const auto* const text = term.value.get_ptr<const std::string*>();
  const auto time = text == nullptr ? std::nullopt : from_iso8601(*text);
  if (!time) throw Error{errc::malformed, term.name() + " is compared with a time like \"2026-11-23T18:44:38.000Z\""};
  term.value = to_iso8601(*time);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '$'; }

}  // namespace

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Expression parse() {
    expression(0);
    blanks();
    if (at_ != text_.size()) refuse("the end, \"and\" or \"or\"");
    return std::move(made_);
  }

 private:
  using Kind = Expression::Node::Kind;

  [[noreturn]] void refuse(const std::string& expected) const {
    throw Error{errc::malformed, "at byte " + std::to_string(at_) + " " + expected + " was expected"};
  }

  std::size_t expression(std::size_t depth) {
    auto left = conjunction(depth);
    while (word("or")) left = add({Kind::either, left, conjunction(depth)});
    return left;
  }
  std::size_t conjunction(std::size_t depth) {
    auto left = term(depth);
    while (word("and")) left = add({Kind::both, left, term(depth)});
    return left;
  }
  std::size_t term(std::size_t depth) {
    if (depth > max_depth) throw Error{errc::too_large, "nested deeper than " + std::to_string(max_depth)};
    blanks();
    if (word("not")) return add({Kind::negated, term(depth + 1), 0});
    if (peek() != '(') return comparison();
    ++at_;
    const auto inner = expression(depth + 1);
    blanks();
    if (peek() != ')') refuse("\")\", \"and\" or \"or\"");
    ++at_;
    return inner;
  }
  std::size_t comparison() {
    Term term;
    do {
      const auto name = take_name();
      if (name.empty()) refuse("an attribute, \"not\" or \"(\"");
      term.path.emplace_back(name);
    } while (skip('.'));
    term.op = take_operator();
    if (term.op != Operator::present) term.value = take_value();
    make_time(term);
    if (made_.terms_.size() >= max_terms)
      throw Error{errc::too_large, "more than " + std::to_string(max_terms) + " comparisons"};
    made_.terms_.push_back(std::move(term));
    return add({Kind::term, made_.terms_.size() - 1, 0});
  }

  Operator take_operator() {
    blanks();
    const auto start = at_;
    const auto name = take_name();
    for (const auto& [known, op] : operators)
      if (equals_ignore_case(name, known)) return op;
    at_ = start;
    refuse("one of eq ne gt ge lt le sw co ew pr");
  }
  Json take_value() {
    blanks();
    const auto start = at_;
    if (peek() == '"') {
      for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
        if (text_[at_] == '\\') ++at_;
      if (at_ >= text_.size()) {
        at_ = start;
        refuse("a text with a closing quote");
      }
      ++at_;
    } else {
      while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ')' && text_[at_] != '(') ++at_;
    }
    auto value = Json::parse(text_.substr(start, at_ - start), nullptr, false);
    if (value.is_discarded() || value.is_structured()) {
      at_ = start;
      refuse("a text in quotes, a number, true, false or null");
    }
    return value;
  }

  // A whole word, in any case; nothing is taken otherwise.
  bool word(std::string_view wanted) {
    blanks();
    const auto end = at_ + wanted.size();
    if (!equals_ignore_case(text_.substr(at_, wanted.size()), wanted)) return false;
    if (end < text_.size() && (is_name(text_[end]) || text_[end] == '.')) return false;
    at_ = end;
    return true;
  }
  std::string_view take_name() {
    const auto start = at_;
    while (at_ < text_.size() && is_name(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }
  bool skip(char c) { return peek() == c && ++at_; }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void blanks() {
    while (peek() == ' ') ++at_;
  }
  std::size_t add(Expression::Node node) {
    made_.nodes_.push_back(node);
    return made_.nodes_.size() - 1;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Expression made_;
};

result<Expression> Expression::parse(std::string_view text) {
  if (text.size() > max_bytes) return Error{errc::too_large, "more than " + std::to_string(max_bytes) + " bytes"};
  if (!is_utf8(text)) return Error{errc::malformed, "it is not UTF-8"};
  try {
    return Parser{text}.parse();
  } catch (Error& error) {
    return std::move(error);
  }
}

}  // namespace dirbridge::hub::filter
