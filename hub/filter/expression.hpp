// Okta's filter and search expressions (SCIM, RFC 7644 section 3.4.2.2, as far as Okta speaks it): read into a tree,
// and asked about objects as the API shows them. Pure.
//
//   expression := and *("or" and)      and := term *("and" term)
//   term := "not" term | "(" expression ")" | path "pr" | path ("eq" | "ne" | "gt" | "ge" | "lt" | "le" | "sw" | "co" |
//           "ew") value
//   path := name *("." name)           value := a JSON text, number, true, false or null
//
// Operators are read in any case, attribute names in theirs. "and" binds closer than "or", "not" closest.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "json/json.hpp"

namespace dirbridge::hub::filter {

inline constexpr std::size_t max_bytes = 4096;
inline constexpr std::size_t max_depth = 32;   // parentheses and nots
inline constexpr std::size_t max_terms = 100;  // comparisons

enum class Operator {
  equal,
  not_equal,
  greater,
  greater_equal,
  less,
  less_equal,
  starts_with,
  contains,
  ends_with,
  present
};

// One comparison.
struct Term {
  std::vector<std::string> path;
  Operator op{};
  Json value;                // null for `present`
  std::string name() const;  // "profile.name"
};

class Expression {
 public:
  // errc::malformed says what was expected and at which byte; errc::too_large names the limit.
  static result<Expression> parse(std::string_view text);

  // `object` as the API would answer it. A path that leads through a list asks for any element; one that leads nowhere
  // has no value: it is not present, `ne` holds for it and nothing else does. Texts are compared folded (fold_case),
  // ASCII letters, except ids ("id", "source.id"); two times in ISO 8601 as times. Values of different kinds are never
  // equal, and neither is before the other.
  //
  // `exact` has the times of the object that it shows in whole seconds, to the millisecond. What asks for later ones
  // (gt, ge, and lt and le under a "not") is compared with those: whoever asks again with the last time it saw may meet
  // an object twice, and misses none. Everything else is compared with what is shown.
  bool matches(const Json& object, const Json& exact = nullptr) const;

  // Every comparison, in the order of the text: for what an endpoint allows, and for an index it could use.
  const std::vector<Term>& terms() const { return terms_; }
  // errc::malformed, naming the attribute, if a term's is not in `allowed`; "profile.*" allows all below profile.
  result<void> allow_only(std::initializer_list<std::string_view> allowed) const;
  // The text value that every match must have for `name`, if the whole says so: name eq "…", or joined by "and" only.
  // nullptr otherwise.
  const std::string* required(std::string_view name) const;

 private:
  friend class Parser;
  struct Node {
    enum class Kind { term, both, either, negated } kind{};
    std::size_t left = 0;  // a term's index, or a node's
    std::size_t right = 0;
  };
  struct Seen {
    const Json& shown;
    const Json& exact;
  };
  bool holds(std::size_t node, const Seen& object, bool negated) const;
  static bool term_holds(const Term& term, const Seen& object, bool negated);
  const std::string* required(std::size_t node, std::string_view name) const;

  std::vector<Term> terms_;
  std::vector<Node> nodes_;  // children before their parents; the last is the root
};

}  // namespace dirbridge::hub::filter
