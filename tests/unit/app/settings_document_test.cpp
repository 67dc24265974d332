#include <gtest/gtest.h>

#include "app/settings_schema.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

TEST(SettingsDocument, TheTablesOfConfigurationMdAreThoseOfTheProgram) {
  const auto document = read_file(DIRBRIDGE_SOURCE_DIR "/docs/configuration.md");
  ASSERT_TRUE(document) << document.error().message();
  constexpr std::string_view begin = "<!-- begin: dirbridge settings-reference -->\n\n";
  constexpr std::string_view end = "<!-- end -->";
  const auto from = document->find(begin);
  const auto to = document->find(end);
  ASSERT_NE(from, std::string::npos);
  ASSERT_NE(to, std::string::npos);
  EXPECT_EQ(document->substr(from + begin.size(), to - from - begin.size()), to_markdown())
      << "replace the part between the markers with the output of `dirbridge settings-reference`";
}

}  // namespace
}  // namespace dirbridge::app
