#include "base/text.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

namespace dirbridge {
namespace {

TEST(Utf8, RefusesOverlongFormsSurrogatesAndWhatLiesAboveTheLastCodePoint) {
  EXPECT_TRUE(is_utf8("plain, M\xC3\xBCller, \xF0\x9F\x8C\x89"));
  for (const auto* bad : {"\xC0\x80", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
                          "\x80", "\xC3", "\xE2\x82", "a\xFF"})
    EXPECT_FALSE(is_utf8(bad)) << bad;
}

TEST(Percent, DecodesWhatItEncodedAndRefusesHalfAnEscapeAndNul) {
  std::string every;
  for (int c = 1; c < 256; ++c) every += static_cast<char>(c);
  EXPECT_EQ(percent_decode(percent_encode(every)).value(), every);
  for (const auto* bad : {"%", "%2", "a%zz", "%00", "%g0"}) EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_EQ(percent_decode("a%2Fb").value(), "a/b");
}

TEST(Split, KeepsEmptyPartsSoThatATrailingSlashIsSeen) {
  EXPECT_EQ(split("a//", '/').size(), 3u);
  EXPECT_EQ(split("", '/').size(), 1u);
}

TEST(Files, AreReplacedWholeWithTheModeAskedForAndReadWithinALimit) {
  const auto folder = std::filesystem::temp_directory_path() / ("dirbridge-text-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto path = (folder / "secret").string();
  ASSERT_TRUE(write_file(path, "one", 0644));
  ASSERT_TRUE(write_file(path, "two", 0600));
  struct stat info {};
  ::stat(path.c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
  EXPECT_EQ(read_file(path).value(), "two");
  EXPECT_EQ(read_file(path, 2).error().code, errc::too_large);
  EXPECT_EQ(read_file(path, 3).value(), "two");
  const auto missing = read_file(path + "-missing");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message().find("-missing"), std::string::npos);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace dirbridge
