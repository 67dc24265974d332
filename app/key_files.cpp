#include "app/key_files.hpp"

#include <cstdio>
#include <filesystem>

#include "app/api_client.hpp"
#include "base/text.hpp"

namespace dirbridge::app {
namespace {

constexpr std::string_view unconfirmed = ".unconfirmed";

std::string staged(const std::string& path) { return path + std::string{unconfirmed}; }

}  // namespace

KeyFiles::KeyFiles(std::string path, const jose::Jwk& key, bool may_replace) : path_(std::move(path)) {
  const auto pem = path_ + ".pem";
  for (const auto& file : {path_, pem}) {
    error_code ignored;
    const auto status = std::filesystem::status(file, ignored);
    if (!std::filesystem::exists(status)) continue;
    if (may_replace && std::filesystem::is_regular_file(status)) continue;
    throw CommandFailure(exit_refused, file + " is there already; name another file. Nothing was done");
  }
  for (const auto& [file, secret] :
       {std::pair{path_, key.private_json().reveal() + "\n"}, std::pair{pem, key.private_pem().reveal()}}) {
    const auto written = write_file(staged(file), secret, 0600);
    if (written) continue;
    std::remove(staged(path_).c_str());
    throw CommandFailure(exit_refused, written.error().message() + ". Nothing was done");
  }
}

KeyFiles::~KeyFiles() {
  if (!mine_) return;
  std::remove(staged(path_).c_str());
  std::remove(staged(path_ + ".pem").c_str());
}

void KeyFiles::keep() {
  mine_ = false;
  for (const auto& file : {path_, path_ + ".pem"}) {
    if (std::rename(staged(file).c_str(), file.c_str()) == 0) continue;
    throw CommandFailure(exit_refused, "the hub has the public key, and the private one lies in " + staged(file) +
                                           ": it cannot be moved to " + file);
  }
}

std::string KeyFiles::leave() {
  mine_ = false;
  return "the private key is in " + staged(path_) + " and " + staged(path_ + ".pem");
}

}  // namespace dirbridge::app
