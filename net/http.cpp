#include "net/http.hpp"

#include <algorithm>

namespace dirbridge::net {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

}  // namespace

bool IgnoreCase::operator()(std::string_view a, std::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [](char x, char y) { return lower(x) < lower(y); });
}

std::string_view HttpRequest::path() const {
  const std::string_view text = target;
  return text.substr(0, text.find('?'));
}

std::string_view HttpRequest::query() const {
  const std::string_view text = target;
  const auto mark = text.find('?');
  return mark == std::string_view::npos ? std::string_view{} : text.substr(mark + 1);
}

std::string_view HttpRequest::header(std::string_view name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

bool HttpRequest::query_is_well_formed() const {
  for (const auto part : split(query(), '&')) {
    const auto decoded = percent_decode(part);
    if (!decoded || !is_utf8(*decoded)) return false;
  }
  return true;
}

std::optional<std::string> HttpRequest::parameter(std::string_view name) const {
  for (const auto pair : split(query(), '&')) {
    const auto equals = pair.find('=');
    const auto key = percent_decode(pair.substr(0, equals));
    if (!key || *key != name) continue;
    // HTML forms and most clients write a blank as '+'; a real plus arrives as %2B.
    std::string raw{equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1)};
    std::replace(raw.begin(), raw.end(), '+', ' ');
    auto value = percent_decode(raw);
    if (!value) return std::nullopt;
    return std::move(*value);
  }
  return std::nullopt;
}

}  // namespace dirbridge::net
