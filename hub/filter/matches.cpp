#include <algorithm>
#include <optional>
#include <span>

#include "base/fold_case.hpp"
#include "hub/filter/expression.hpp"

namespace dirbridge::hub::filter {
namespace {

// 2026-11-23T18:44:38.120Z with or without the fraction, as a number to compare; what is no such time has none.
std::optional<std::int64_t> time_of(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-ddTdd:dd:dd";
  if (text.size() < form.size() + 1 || text.back() != 'Z') return std::nullopt;
  std::int64_t digits = 0;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool digit = text[i] >= '0' && text[i] <= '9';
    if (form[i] == 'd' ? !digit : text[i] != form[i]) return std::nullopt;
    if (digit) digits = digits * 10 + (text[i] - '0');
  }
  auto fraction = text.substr(form.size(), text.size() - form.size() - 1);
  if (!fraction.empty() && (fraction.front() != '.' || fraction.size() < 2)) return std::nullopt;
  for (std::size_t i = 1; i <= 3; ++i) {
    const char c = i < fraction.size() ? fraction[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    digits = digits * 10 + (c - '0');
  }
  return digits;
}

// -1, 0, 1; nullopt for values that have no order between them.
std::optional<int> compare(const Json& left, const Json& right, bool exact) {
  const auto sign = [](auto a, auto b) { return a < b ? -1 : a > b ? 1 : 0; };
  if (left.is_number() && right.is_number()) return sign(left.get<double>(), right.get<double>());
  if (!left.is_string() || !right.is_string()) return std::nullopt;
  const auto& a = left.get_ref<const std::string&>();
  const auto& b = right.get_ref<const std::string&>();
  const auto at = time_of(a), bt = time_of(b);
  if (at && bt) return sign(*at, *bt);
  return exact ? sign(a.compare(b), 0) : sign(fold_case(a).compare(fold_case(b)), 0);
}

bool text_holds(Operator op, const Json& left, const Json& right, bool exact) {
  if (!left.is_string() || !right.is_string()) return false;
  auto text = left.get<std::string>(), part = right.get<std::string>();
  if (!exact) text = fold_case(text), part = fold_case(part);
  if (op == Operator::starts_with) return text.starts_with(part);
  if (op == Operator::ends_with) return text.ends_with(part);
  return text.find(part) != std::string::npos;
}

bool value_holds(const Term& term, const Json& value, bool exact) {
  const auto order = compare(value, term.value, exact);
  switch (term.op) {
    case Operator::present: return !value.is_null() && value != "" && !(value.is_structured() && value.empty());
    case Operator::equal: return order ? *order == 0 : value == term.value;
    case Operator::not_equal: return order ? *order != 0 : value != term.value;
    case Operator::greater: return order && *order > 0;
    case Operator::greater_equal: return order && *order >= 0;
    case Operator::less: return order && *order < 0;
    case Operator::less_equal: return order && *order <= 0;
    default: return text_holds(term.op, value, term.value, exact);
  }
}

// Calls `each` with every value that the path leads to; true if one of them made it return true.
template <class Each>
bool any_value(const Json& at, std::span<const std::string> path, Each&& each) {
  if (at.is_array()) return std::ranges::any_of(at, [&](const Json& one) { return any_value(one, path, each); });
  if (path.empty()) return each(at);
  const auto found = at.is_object() ? at.find(path.front()) : at.end();
  return found != at.end() && any_value(*found, path.subspan(1), each);
}

bool asks_for_later(Operator op, bool negated) {
  if (op == Operator::greater || op == Operator::greater_equal) return !negated;
  return (op == Operator::less || op == Operator::less_equal) && negated;
}

}  // namespace

std::string Term::name() const {
  std::string name;
  for (const auto& part : path) name += (name.empty() ? "" : ".") + part;
  return name;
}

bool Expression::matches(const Json& object, const Json& exact) const {
  return holds(nodes_.size() - 1, {object, exact}, false);
}

bool Expression::holds(std::size_t node, const Seen& object, bool negated) const {
  const auto& [kind, left, right] = nodes_[node];
  switch (kind) {
    case Node::Kind::both: return holds(left, object, negated) && holds(right, object, negated);
    case Node::Kind::either: return holds(left, object, negated) || holds(right, object, negated);
    case Node::Kind::negated: return !holds(left, object, !negated);
    default: return term_holds(terms_[left], object, negated);
  }
}

bool Expression::term_holds(const Term& term, const Seen& object, bool negated) {
  // "ne" denies "eq": no value at all is not equal, and one of several that differs is not enough.
  if (term.op == Operator::not_equal) {
    Term equal = term;
    equal.op = Operator::equal;
    return !term_holds(equal, object, !negated);
  }
  const bool is_exact_time = asks_for_later(term.op, negated) && term.path.size() == 1 && object.exact.is_object() &&
                             object.exact.contains(term.path.front());
  const bool with_case = term.path.back() == "id";
  return any_value(is_exact_time ? object.exact : object.shown, term.path,
                   [&](const Json& value) { return value_holds(term, value, with_case); });
}

result<void> Expression::allow_only(std::initializer_list<std::string_view> allowed) const {
  for (const auto& term : terms_) {
    const auto name = term.name();
    const bool known = std::ranges::any_of(allowed, [&](std::string_view one) {
      if (!one.ends_with(".*")) return one == name;
      one.remove_suffix(1);
      return name.starts_with(one);
    });
    if (!known) return Error{errc::malformed, name + " is not an attribute to filter by here"};
  }
  return {};
}

const std::string* Expression::required(std::string_view name) const { return required(nodes_.size() - 1, name); }

const std::string* Expression::required(std::size_t node, std::string_view name) const {
  const auto& [kind, left, right] = nodes_[node];
  if (kind == Node::Kind::term) {
    const auto& term = terms_[left];
    if (term.op != Operator::equal || !term.value.is_string() || term.name() != name) return nullptr;
    return term.value.get_ptr<const std::string*>();
  }
  if (kind != Node::Kind::both) return nullptr;
  const auto* found = required(left, name);
  return found ? found : required(right, name);
}

}  // namespace dirbridge::hub::filter
