#include "e2e/exchange_record.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "json/json.hpp"

namespace dirbridge::e2e {

void record_exchange(const std::string& method, const std::string& target, const net::HttpResponse& response) {
  const char* folder = std::getenv("E2E_EXCHANGES");
  if (folder == nullptr) return;
  std::filesystem::create_directories(folder);
  std::ofstream file{std::string{folder} + "/" + std::to_string(::getpid()) + ".jsonl", std::ios::app};
  const auto type = response.headers.find("Content-Type");
  const nlohmann::json line{{"method", method},
                            {"target", target},
                            {"status", response.status},
                            {"type", type == response.headers.end() ? "" : type->second},
                            {"body", response.body}};
  file << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

}  // namespace dirbridge::e2e
