#include "app/console.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dirbridge::app {
namespace {

TEST(Console, AColumnIsAsWideAsItsWidestCellInCharactersAndNoLineEndsInBlanks) {
  std::ostringstream out;
  const Console console{out, out};
  Table table{{"NAME", "N", "END"}};
  table.align_right(1);
  table.add({"Zoë", "7", ""});
  table.add({"Bjarne", "10", "x"});
  table.print(console);
  EXPECT_EQ(out.str(), "NAME     N  END\nZoë      7\nBjarne  10  x\n");
}

TEST(Console, AnEmptyTableSaysSo) {
  std::ostringstream out;
  Table{{"A"}}.print(Console{out, out}, "Nothing here.");
  EXPECT_EQ(out.str(), "Nothing here.\n");
}

TEST(Console, ControlCharactersOfADirectoryDoNotReachTheTerminal) {
  EXPECT_EQ(printable("a\033[31mb\nc\x7f"), "a?[31mb?c?");
  EXPECT_EQ(printable("x\xC2\x9B"
                      "1mé"),
            "x?1mé");
  EXPECT_EQ(printable("a\u202eb\u2028c\u200b"), "a?b?c?");
  EXPECT_EQ(printable("bad\x9b\xffé山"), "bad??é山");
}

TEST(Console, ColourOnlyWhereItIsWanted) {
  std::ostringstream out;
  EXPECT_EQ(styled(Console{out, out}, Style::good, "ok"), "ok");
  EXPECT_EQ(styled(Console{out, out, true}, Style::good, "ok"), "\033[32mok\033[0m");
  EXPECT_EQ(styled(Console{out, out, true}, Style::plain, "ok"), "ok");
}

}  // namespace
}  // namespace dirbridge::app
