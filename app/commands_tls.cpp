#include "app/commands_tls.hpp"

#include <filesystem>

#include "app/api_client.hpp"
#include "base/ids.hpp"
#include "base/text.hpp"
#include "net/tls.hpp"

namespace dirbridge::app {
namespace {

constexpr unsigned for_owner_only = 0600;
constexpr unsigned for_everybody = 0644;

struct File {
  std::string path;
  std::string text;
  unsigned mode;
};

void make_folder(const std::string& folder) {
  std::error_code problem;
  if (std::filesystem::create_directories(folder, problem))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, problem);
  if (problem) throw CommandFailure(exit_refused, folder + ": " + problem.message());
}

void refuse_what_is_there(const std::string& folder, const std::vector<std::string>& names) {
  std::string there;
  for (const auto& name : names) {
    std::error_code ignored;
    if (std::filesystem::symlink_status(folder + "/" + name, ignored).type() != std::filesystem::file_type::not_found)
      there += (there.empty() ? "" : ", ") + name;
  }
  if (there.empty()) return;
  throw CommandFailure(exit_refused,
                       folder + " holds " + there + " already; nothing was written. --force replaces all of " +
                           "ca.pem, ca.key, hub.pem and hub.key: who trusts the old ca.pem needs the new one");
}

}  // namespace

int run_tls_init(const Invocation& invocation, const Console& console) {
  auto hosts = invocation.hosts;
  if (hosts.empty()) hosts = {"localhost", "127.0.0.1", "::1"};
  for (const auto& host : hosts)
    if (!net::is_host_name(host))
      throw CommandFailure(exit_usage, "--name: \"" + host + "\" is neither a host name nor an IP address");
  const std::string folder = invocation.folder.empty() ? "dirbridge-data" : invocation.folder;
  if (!invocation.force) refuse_what_is_there(folder, {"ca.pem", "ca.key", "hub.pem", "hub.key"});
  make_folder(folder);

  const auto authority = net::make_authority("Dirbridge hub " + random_id("", 8));
  const auto identity = net::issue(authority, hosts);
  const File files[] = {{folder + "/ca.key", authority.private_key, for_owner_only},
                        {folder + "/hub.key", identity.private_key, for_owner_only},
                        {folder + "/ca.pem", authority.certificate, for_everybody},
                        {folder + "/hub.pem", identity.certificate_chain, for_everybody}};
  for (const auto& file : files)
    if (const auto written = write_file(file.path, file.text, file.mode); !written)
      throw CommandFailure(exit_refused, written.error().message());

  if (console.json) {
    console.out << json{{"ca_file", folder + "/ca.pem"},
                        {"certificate_file", folder + "/hub.pem"},
                        {"key_file", folder + "/hub.key"},
                        {"names", hosts}}
                       .dump(2)
                << '\n';
    return exit_done;
  }
  std::string names;
  for (const auto& host : hosts) names += (names.empty() ? "" : ", ") + host;
  console.out << "to trust:    " << printable(folder) << "/ca.pem\n"
              << "certificate: " << printable(folder) << "/hub.pem, for " << printable(names) << '\n'
              << "its key:     " << printable(folder) << "/hub.key\n";
  console.err << "A hub with --data-dir " << printable(folder)
              << " serves it; another one with --certificate-file and --key-file. Keep ca.key away from clients\n";
  return exit_done;
}

}  // namespace dirbridge::app
