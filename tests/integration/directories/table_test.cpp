// The table of docs/directories.md is what the last runs on the three servers gave.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/text.hpp"
#include "integration/directories/result_files.hpp"

namespace dirbridge::directories {
namespace {

constexpr std::string_view begin_mark = "<!-- conformance: begin -->\n";
constexpr std::string_view end_mark = "<!-- conformance: end -->\n";

// DIRBRIDGE_UPDATE_DOCS=1 writes the table instead of comparing it.
TEST(ConformanceTable, TheCommittedTableIsTheRuns) {
  std::map<Server, Results> results;
  for (const auto server : all_servers) {
    auto read = read_results(server);
    if (!read) GTEST_SKIP() << "no run on " << name_of(server) << " here";
    results[server] = std::move(*read);
  }
  const std::string file = DIRBRIDGE_SOURCE_DIR "/docs/directories.md";
  const auto text = read_file(file).value();
  const auto begin = text.find(begin_mark);
  const auto end = text.find(end_mark);
  ASSERT_TRUE(begin != std::string::npos && end != std::string::npos && begin < end) << "the marks are missing";
  const auto from = begin + begin_mark.size();
  const auto made = table_of(results);
  if (std::getenv("DIRBRIDGE_UPDATE_DOCS") != nullptr) {
    write_file(file, text.substr(0, from) + made + text.substr(end)).value();
    return;
  }
  EXPECT_EQ(text.substr(from, end - from), made)
      << "run it with DIRBRIDGE_UPDATE_DOCS=1, look at the difference, and commit it";
}

}  // namespace
}  // namespace dirbridge::directories
