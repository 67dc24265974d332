#include "app/console.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "base/text.hpp"
#include "proto/utf8.hpp"

namespace dirbridge::app {

Console system_console(bool color, bool json) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool allowed = color && !(no_color && *no_color);
  return Console{std::cout, std::cerr, allowed && isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1, json};
}

std::string printable(std::string_view text) {
  const std::string repaired = proto::repair_utf8(text, "?");
  std::string out;
  for (std::size_t i = 0; i < repaired.size();) {
    std::size_t end = i + 1;
    while (end < repaired.size() && (static_cast<unsigned char>(repaired[end]) & 0xC0) == 0x80) ++end;
    const std::string_view one = std::string_view{repaired}.substr(i, end - i);
    out += proto::has_control(one) || proto::has_invisible(one) ? "?" : one;
    i = end;
  }
  return out;
}

void print_lines(std::ostream& out, std::string_view who, std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    out << who << printable(line) << '\n';
    who = {};
  }
}

std::size_t width_of(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string styled(const Console& console, Style style, std::string_view text) {
  const char* code = "";
  switch (style) {
    case Style::plain: break;
    case Style::bold: code = "\033[1m"; break;
    case Style::dim: code = "\033[2m"; break;
    case Style::good: code = "\033[32m"; break;
    case Style::bad: code = "\033[31m"; break;
    case Style::doubtful: code = "\033[33m"; break;
  }
  if (!console.out_color || !*code) return std::string{text};
  return code + std::string{text} + "\033[0m";
}

void Table::print(const Console& console, std::string_view empty) const {
  if (rows_.empty() && !empty.empty()) {
    console.out << empty << '\n';
    return;
  }
  std::vector<std::size_t> widths(head_.size());
  for (std::size_t i = 0; i < head_.size(); ++i) widths[i] = width_of(head_[i]);
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(printable(row[i].text)));
    }
  }
  const auto print_row = [&](const std::vector<Cell>& row) {
    std::string line;
    std::string blanks;  // held back, so that no line ends in blanks
    for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i) {
      const std::string text = printable(row[i].text);
      const std::string padding(widths[i] - width_of(text), ' ');
      const bool right = std::ranges::find(right_, i) != right_.end();
      if (right) blanks += padding;
      if (!text.empty()) {
        line += blanks + styled(console, row[i].style, text);
        blanks.clear();
      }
      if (!right) blanks += padding;
      blanks += "  ";
    }
    console.out << line << '\n';
  };
  std::vector<Cell> head;
  for (const std::string& title : head_) head.emplace_back(title, Style::bold);
  print_row(head);
  for (const auto& row : rows_) print_row(row);
}

}  // namespace dirbridge::app
