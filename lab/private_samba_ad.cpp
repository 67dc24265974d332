#include "lab/private_samba_ad.hpp"

#include <signal.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/text.hpp"
#include "lab/free_port.hpp"
#include "lab/ldap_tools.hpp"

namespace dirbridge::lab {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr auto provision_timeout = 180s;
constexpr auto start_timeout = 60s;
constexpr auto stop_timeout = 30s;
constexpr auto tool_timeout = 60s;
constexpr auto seed_timeout = 300s;

result<ProcessOutput> run_tool(const std::vector<std::string>& argv, std::string_view input = {},
                               std::chrono::seconds timeout = tool_timeout) {
  auto done = run_process(argv, input, SteadyClock::now() + timeout);
  if (!done || done->status == 0) return done;
  std::string words = done->out + done->err;
  if (words.size() > 600) words = "…" + words.substr(words.size() - 600);
  return Error{errc::unavailable, argv[0] + " ended with " + std::to_string(done->status) + ": " + words};
}

result<void> require_programs() {
  for (const auto& [program, package] :
       {std::pair{"samba", "samba-ad-dc"}, std::pair{"samba-tool", "samba-ad-dc"}, std::pair{"ldbadd", "ldb-tools"},
        std::pair{"ldbmodify", "ldb-tools"}, std::pair{"socat", "socat"}, std::pair{"ip", "iproute2"},
        std::pair{"ldapsearch", "ldap-utils"}})
    if (!find_program(program))
      return Error{errc::not_found, std::string{program} + " is not installed; install the package " + package};
  std::error_code ignored;
  if (!fs::exists("/usr/share/samba/setup/provision.smb.conf.dc", ignored) &&
      !fs::exists("/usr/share/samba/setup/secrets_dns.ldif", ignored))
    return Error{errc::not_found, "Samba's templates are missing; install the package samba-ad-provision"};
  if (::geteuid() != 0 || !run_tool({"unshare", "-n", "true"}))
    return Error{errc::not_found, "Samba needs a network of its own, which only root may make here"};
  return {};
}

}  // namespace

result<PrivateSambaAd> PrivateSambaAd::start(SambaAdOptions options) {
  if (auto found = require_programs(); !found) return found.error();
  std::error_code ec;
  options.folder = fs::absolute(options.folder, ec).lexically_normal().string();
  if (options.folder.size() + sizeof "/private/ldapi" > sizeof sockaddr_un::sun_path)
    return Error{errc::too_large, options.folder + " is too long a path for a local socket"};
  fs::create_directories(options.folder + "/tls", ec);
  fs::permissions(options.folder, fs::perms::owner_all, ec);
  PrivateSambaAd server{std::move(options)};
  for (const auto step : {&PrivateSambaAd::provision, &PrivateSambaAd::write_config, &PrivateSambaAd::seed,
                          &PrivateSambaAd::grant, &PrivateSambaAd::name_service})
    if (auto done = (server.*step)(); !done) return done.error();
  if (auto made = server.make_network(); !made) return made.error();
  if (auto launched = server.launch(); !launched) return launched.error();
  return server;
}

PrivateSambaAd::~PrivateSambaAd() { stop(); }

result<void> PrivateSambaAd::provision() const {
  const auto done = run_tool(
      {"samba-tool", "domain", "provision", "--targetdir=" + options_.folder, "--realm=AD.EXAMPLE.ORG",
       "--domain=EXAMPLE", "--server-role=dc", "--dns-backend=NONE", "--adminpass=" + options_.admin_password.reveal(),
       "--host-name=dc1", "--host-ip=127.0.0.1", "--option=interfaces=lo", "--option=bind interfaces only=yes"},
      {}, provision_timeout);
  if (!done) return done.error();
  for (const auto& [name, text] :
       {std::pair{"/admin.password", options_.admin_password.reveal()}, std::pair{"/tls/ca.pem", options_.tls_ca_pem},
        std::pair{"/tls/server.pem", options_.tls.certificate_chain},
        std::pair{"/tls/server.key", options_.tls.private_key}})
    if (auto written = write_file(options_.folder + name, text, 0600); !written) return written.error();
  return {};
}

// Only what LDAP and Kerberos clients need: no SMB, no DNS, no replication.
result<void> PrivateSambaAd::write_config() const {
  const std::string& folder = options_.folder;
  std::error_code ec;
  fs::create_directories(folder + "/log", ec);
  return write_file(config_file(),
                    "[global]\nnetbios name = DC1\nrealm = AD.EXAMPLE.ORG\nworkgroup = EXAMPLE\n"
                    "server role = active directory domain controller\nserver services = ldap cldap kdc rpc\n"
                    "interfaces = lo\nbind interfaces only = yes\nprivate dir = " +
                        folder + "/private\nstate directory = " + folder + "/state\ncache directory = " + folder +
                        "/cache\nlock directory = " + folder + "\npid directory = " + folder +
                        "\nncalrpc dir = " + folder + "/ncalrpc\nbinddns dir = " + folder +
                        "/bind-dns\nlog file = " + folder + "/log/%m.log\nlogging = file\n" +
                        "rpc server port = 13999\ntls enabled = yes\ntls cafile = " + folder +
                        "/tls/ca.pem\ntls certfile = " + folder + "/tls/server.pem\ntls keyfile = " + folder +
                        "/tls/server.key\n" + "ldap server require strong auth = yes\n");
}

result<void> PrivateSambaAd::seed() const {
  const std::string file = options_.folder + "/seed.ldif";
  if (auto written = write_file(file, options_.seed_ldif, 0600); !written) return written.error();
  // The indexes are written once, at the end of the transaction, instead of with each entry: they grow with the
  // entries, and 10,000 of them take ten seconds instead of two minutes.
  const auto done = run_tool({"ldbadd", "-o", "batch_mode:1", "-H", database(), "--configfile=" + config_file(), file},
                             {}, seed_timeout);
  if (!done) return done.error();
  return {};
}

// Least privilege: read and write `member` (by schemaIDGUID) of group objects below the base, nothing else.
result<void> PrivateSambaAd::grant() const {
  if (options_.agent_login.empty()) return {};
  const auto found = run_tool({"ldbsearch", "-H", database(), "--configfile=" + config_file(), "-s", "sub", "-b",
                               suffix(), "(sAMAccountName=" + options_.agent_login + ")", "objectSid"});
  if (!found) return found.error();
  const auto at = found->out.find("objectSid: ");
  if (at == std::string::npos) return Error{errc::not_found, "the seed has no account " + options_.agent_login};
  const auto sid = trim(std::string_view{found->out}.substr(at + 11, found->out.find('\n', at) - at - 11));
  const auto done =
      run_tool({"samba-tool", "dsacl", "set", "-H", "tdb://" + database(), "-s", config_file(),
                "--objectdn=" + options_.groups_base,
                "--sddl=(OA;CIIO;RPWP;bf9679c0-0de6-11d0-a285-00aa003049e2;bf967a9c-0de6-11d0-a285-00aa003049e2;" +
                    std::string{sid} + ")"});
  if (!done) return done.error();
  return {};
}

// Kerberos names a service after the host in the URL.
result<void> PrivateSambaAd::name_service() const {
  const auto done =
      run_tool({"ldbmodify", "-H", database(), "--configfile=" + config_file()},
               "dn: CN=DC1,OU=Domain Controllers," + suffix() +
                   "\nchangetype: modify\nadd: servicePrincipalName\nservicePrincipalName: ldap/localhost\n");
  if (!done) return done.error();
  return {};
}

result<void> PrivateSambaAd::export_keytab(const std::string& login, const std::string& file) const {
  std::error_code ignored;
  fs::remove(file, ignored);  // it would be added to
  const auto done =
      run_tool({"samba-tool", "domain", "exportkeytab", file, "--principal=" + login, "-s", config_file()});
  if (!done) return done.error();
  return {};
}

result<void> PrivateSambaAd::make_network() {
  const auto relay = [this](std::vector<std::string> argv) -> result<pid_t> {
    ProcessOptions options;
    options.argv = std::move(argv);
    options.output_file = options_.folder + "/log/relay";
    auto process = Process::start(options);
    if (!process) return process.error();
    relays_.push_back(std::move(*process));
    return relays_.back().pid();
  };
  const auto socket = [this](int port) { return options_.folder + "/port" + std::to_string(port); };
  const auto holder = relay({"unshare", "-n", "sh", "-c",
                             "ip link set lo up && exec socat UNIX-LISTEN:" + socket(636) + ",fork TCP:127.0.0.1:636"});
  if (!holder) return holder.error();
  std::error_code ignored;
  const auto deadline = SteadyClock::now() + start_timeout;
  while (!fs::exists(socket(636), ignored)) {
    if (SteadyClock::now() > deadline || !relays_.front().is_running())
      return Error{errc::unavailable, "a network of its own could not be made; see " + options_.folder + "/log/relay"};
    std::this_thread::sleep_for(2ms);
  }
  const std::string network = "--net=/proc/" + std::to_string(*holder) + "/ns/net";
  for (const int port : {389, 88})
    if (auto inner = relay({"nsenter", network, "socat", "UNIX-LISTEN:" + socket(port) + ",fork",
                            "TCP:127.0.0.1:" + std::to_string(port)});
        !inner)
      return inner.error();
  port_ = free_port();
  tls_port_ = free_port();
  kdc_port_ = free_port();
  for (const auto& [outside, inside] : {std::pair{port_, 389}, std::pair{tls_port_, 636}, std::pair{kdc_port_, 88}})
    if (auto outer = relay({"socat", "TCP-LISTEN:" + std::to_string(outside) + ",bind=127.0.0.1,reuseaddr,fork",
                            "UNIX-CONNECT:" + socket(inside)});
        !outer)
      return outer.error();
  return {};
}

result<void> PrivateSambaAd::launch() {
  ProcessOptions run;
  run.argv = {"nsenter",
              "--net=/proc/" + std::to_string(relays_.front().pid()) + "/ns/net",
              "samba",
              "-i",  // one process, in the foreground: what is stopped or killed is the whole server
              "-M",
              "single",
              "-s",
              config_file(),
              "--debug-stdout"};
  run.output_file = options_.folder + "/log/samba";
  auto process = Process::start(run);
  if (!process) return process.error();
  samba_ = std::move(*process);
  const LdapTools tools{{ldaps_url(), admin_login(), admin_password_file(), ca_file()}, 2s};
  const auto deadline = SteadyClock::now() + start_timeout;
  while (!tools.search("", "base", "(objectClass=*)", {"1.1"})) {
    if (!samba_.is_running()) return Error{errc::unavailable, "samba ended at once; see " + run.output_file};
    if (SteadyClock::now() > deadline) return Error{errc::unavailable, "samba does not answer; see " + run.output_file};
    std::this_thread::sleep_for(50ms);
  }
  return {};
}

void PrivateSambaAd::stop() {
  thaw();
  samba_.stop(SteadyClock::now() + stop_timeout);
}

result<void> PrivateSambaAd::restart() {
  stop();
  return launch();
}

}  // namespace dirbridge::lab
