// Text for people: colours on a terminal only, tables with aligned columns, and nothing a directory says can move the
// cursor.
#pragma once
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace dirbridge::app {

enum class Style { plain, bold, dim, good, bad, doubtful };

struct Console {
  std::ostream& out;
  std::ostream& err;
  bool out_color = false;
  bool err_terminal = false;  // a progress line may be rewritten
  bool json = false;
};
// Standard output and error; colours if they are terminals, `color` allows it, and NO_COLOR is unset.
Console system_console(bool color, bool json);

// Control characters, marks that turn the direction of text, and bytes that are not UTF-8 become '?': names come from a
// directory that others write to.
std::string printable(std::string_view text);
// Lines of ours with foreign words in them, `who` before the first.
void print_lines(std::ostream& out, std::string_view who, std::string_view text);
// Characters, not bytes.
std::size_t width_of(std::string_view utf8);
std::string styled(const Console& console, Style style, std::string_view text);

struct Cell {
  std::string text;
  Style style = Style::plain;
  Cell(std::string t, Style s = Style::plain) : text(std::move(t)), style(s) {}
  Cell(const char* t) : text(t) {}
};

// Columns as wide as their widest cell, two blanks between them; an empty table prints `empty` instead.
class Table {
 public:
  explicit Table(std::vector<std::string> head) : head_(std::move(head)) {}
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  void align_right(std::size_t column) { right_.push_back(column); }
  void print(const Console& console, std::string_view empty = {}) const;

 private:
  std::vector<std::string> head_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<std::size_t> right_;
};

}  // namespace dirbridge::app
