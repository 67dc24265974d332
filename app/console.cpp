#include "app/console.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace dirbridge::app {

Console system_console(bool color, bool json) {
  const char* no_color = std::getenv("NO_COLOR");
  const bool allowed = color && !(no_color && *no_color);
  return Console{std::cout, std::cerr, allowed && isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1, json};
}

std::string printable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080…U+009F (C2 80 … C2 9F) are control characters too: some terminals obey them.
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7f || c1) {
      out += '?';
      i += c1 ? 1 : 0;
    } else {
      out += text[i];
    }
  }
  return out;
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
