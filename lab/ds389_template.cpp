#include "lab/ds389_template.hpp"

#include <filesystem>

#include "base/text.hpp"

namespace dirbridge::lab {
namespace {

namespace fs = std::filesystem;

constexpr auto origin_file = "/origin";  // the folder whose name is written in the template's files
constexpr auto config = "/etc/dirsrv/slapd-lab";

// Every whole mention of `from` as a folder.
std::string moved(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos;) {
    const auto end = at + from.size();
    if (end < text.size() && text[end] != '/' && text[end] != '\n' && text[end] != '\'') {
      at = end;
      continue;
    }
    text.replace(at, from.size(), to);
    at += to.size();
  }
  return text;
}

// The whole line that begins with `key`.
std::string with_value(std::string text, const std::string& key, const std::string& value) {
  const auto at = text.find("\n" + key + ": ");
  if (at == std::string::npos) return text;
  const auto from = at + 1 + key.size() + 2;
  return text.replace(from, text.find('\n', from) - from, value);
}

result<void> copy_all(const std::string& from, const std::string& to) {
  std::error_code ec;
  fs::create_directories(to, ec);
  for (const auto* part : {"/etc", "/db", "/tls", "/share"}) {
    fs::copy(from + part, to + part, fs::copy_options::recursive, ec);
    if (ec) return Error{errc::unavailable, from + part + ": " + ec.message()};
  }
  return {};
}

}  // namespace

result<void> keep_ds389_template(const std::string& folder, const std::string& template_folder) {
  if (auto copied = copy_all(folder, template_folder); !copied) return copied;
  std::error_code ec;
  // Shared memory of the database: 100 MB, made anew at each start.
  for (const auto& file : fs::directory_iterator{template_folder + "/db", ec})
    if (file.path().filename().string().starts_with("__db.")) fs::remove(file.path(), ec);
  // Older states of the configuration would be taken for it if it were damaged.
  for (const auto* old : {"/dse.ldif.bak", "/dse.ldif.startOK"}) fs::remove(template_folder + config + old, ec);
  return write_file(template_folder + origin_file, folder, 0600);
}

result<void> unfold_ds389_template(const std::string& template_folder, const std::string& folder, std::uint16_t port,
                                   std::uint16_t tls_port) {
  const auto origin = read_file(template_folder + origin_file);
  if (!origin) return origin.error();
  if (auto copied = copy_all(template_folder, folder); !copied) return copied;
  std::error_code ec;
  for (const auto* sub : {"/tmp", "/lock", "/ldif", "/log", "/bak"}) fs::create_directories(folder + sub, ec);
  for (const auto* name : {"/dse.ldif", "/pkcs11.txt"}) {
    const auto file = folder + config + name;
    auto text = read_file(file);
    if (!text) return text.error();
    auto ours = moved(std::move(*text), *origin, folder);
    ours = with_value(std::move(ours), "nsslapd-port", std::to_string(port));
    ours = with_value(std::move(ours), "nsslapd-securePort", std::to_string(tls_port));
    if (auto written = write_file(file, ours, 0600); !written) return written;
  }
  return {};
}

}  // namespace dirbridge::lab
