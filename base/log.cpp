#include "base/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>

namespace dirbridge::log {
namespace {

std::shared_ptr<spdlog::logger> make(std::shared_ptr<spdlog::sinks::sink> sink) {
  auto logger = std::make_shared<spdlog::logger>("dirbridge", std::move(sink));
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::debug);
  return logger;
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto instance = [] {
    auto made = make(std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_level(spdlog::level::warn);
    return made;
  }();
  return instance;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
    case Level::off: break;
  }
  return spdlog::level::off;
}

void append_value(std::string& line, std::string_view value) {
  bool plain = !value.empty();
  for (const unsigned char c : value) plain = plain && c > 0x20 && c != 0x7f && c != '"' && c != '\\';
  if (plain) {
    line += value;
    return;
  }
  static constexpr std::string_view digits = "0123456789abcdef";
  line += '"';
  for (const unsigned char c : value) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += static_cast<char>(c);
    } else if (c < 0x20 || c == 0x7f) {
      line += "\\x";
      line += digits[c >> 4];
      line += digits[c & 15];
    } else {
      line += static_cast<char>(c);
    }
  }
  line += '"';
}

}  // namespace

void open(Level level, const std::string& path) {
  logger() = path.empty() ? make(std::make_shared<spdlog::sinks::stderr_sink_mt>())
                          : make(std::make_shared<spdlog::sinks::basic_file_sink_mt>(path));
  logger()->set_level(to_spdlog(level));
}

bool enabled(Level level) { return logger()->should_log(to_spdlog(level)); }

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  std::string line{event};
  for (const auto& field : fields) {
    line += ' ';
    line += field.key;
    line += '=';
    append_value(line, field.value);
  }
  logger()->log(to_spdlog(level), "{}", line);
}

}  // namespace dirbridge::log
