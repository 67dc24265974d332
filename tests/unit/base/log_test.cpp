#include "base/log.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/text.hpp"

namespace dirbridge {
namespace {

TEST(Log, APeersTextCannotForgeALineOrAKey) {
  const auto path = (std::filesystem::temp_directory_path() / ("dirbridge-log-" + std::to_string(::getpid()))).string();
  log::open(log::Level::info, path);
  log::info("job.nack", {{"reason", "a\nb job=ADS1 \"quoted\" \x1b[31m"}, {"job", JobId{"ADS2"}}, {"delivery", 3}});
  log::debug("not.written");
  log::open(log::Level::warn);
  const auto text = read_file(path).value();
  std::filesystem::remove(path);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_NE(text.find(R"(job.nack reason="a\x0ab job=ADS1 \"quoted\" \x1b[31m" job=ADS2 delivery=3)"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace dirbridge
