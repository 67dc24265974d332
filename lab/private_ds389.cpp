#include "lab/private_ds389.hpp"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <thread>

#include "base/text.hpp"
#include "lab/ds389_template.hpp"
#include "lab/free_port.hpp"
#include "lab/ldap_tools.hpp"

namespace dirbridge::lab {
namespace {

namespace fs = std::filesystem;
using SteadyClock = std::chrono::steady_clock;

constexpr auto install_timeout = 180s;
constexpr auto start_timeout = 60s;
constexpr auto stop_timeout = 30s;
constexpr auto tool_timeout = 60s;
constexpr auto defaults_file = "/usr/share/dirsrv/inf/defaults.inf";

std::string user_name() {
  const auto* user = ::getpwuid(::geteuid());
  return user == nullptr ? std::to_string(::geteuid()) : user->pw_name;
}

std::string group_name() {
  const auto* group = ::getgrgid(::getegid());
  return group == nullptr ? std::to_string(::getegid()) : group->gr_name;
}

result<void> require_programs() {
  for (const auto& [program, package] :
       {std::pair{"ns-slapd", "389-ds-base"}, std::pair{"dscreate", "389-ds-base"},
        std::pair{"certutil", "libnss3-tools"}, std::pair{"ldapmodify", "ldap-utils"}, std::pair{"openssl", "openssl"}})
    if (!find_program(program))
      return Error{errc::not_found, std::string{program} + " is not installed; install the package " + package};
  if (::access("/etc/dirsrv/schema", R_OK | X_OK) != 0)
    return Error{errc::not_found, "/etc/dirsrv/schema is not readable: only root and dirsrv may run this server"};
  return {};
}

result<void> run_tool(const std::vector<std::string>& argv, std::chrono::seconds timeout = tool_timeout,
                      const std::vector<std::string>& environment = {}) {
  const auto done = run_process(argv, "", SteadyClock::now() + timeout, environment);
  if (!done) return done.error();
  if (done->status == 0) return {};
  std::string words = done->out + done->err;
  if (words.size() > 600) words = "…" + words.substr(words.size() - 600);
  return Error{errc::unavailable, argv[0] + " ended with " + std::to_string(done->status) + ": " + words};
}

// lib389 reads PREFIX/share/dirsrv/inf/defaults.inf: a copy with every folder moved keeps it out of /etc and /var.
result<std::string> moved_defaults(const std::string& folder, const std::string& config) {
  auto text = read_file(defaults_file);
  if (!text) return text.error();
  const std::map<std::string, std::string, std::less<>> moved{
      {"with_systemd", "0"},
      {"user", user_name()},
      {"group", group_name()},
      {"sysconf_dir", folder + "/etc"},
      {"initconfig_dir", folder + "/etc/default"},
      {"config_dir", config},
      {"cert_dir", config},
      {"schema_dir", config + "/schema"},
      {"run_dir", folder},
      {"pid_file", folder + "/slapd.pid"},
      {"ldapi", folder + "/ldapi"},
      {"lock_dir", folder + "/lock"},
      {"log_dir", folder + "/log"},
      {"access_log", folder + "/log/access"},
      {"audit_log", folder + "/log/audit"},
      {"error_log", folder + "/log/errors"},
      {"security_log", folder + "/log/security"},
      {"db_dir", folder + "/db"},
      {"db_home_dir", folder + "/db"},
      {"backup_dir", folder + "/bak"},
      {"ldif_dir", folder + "/ldif"},
      {"local_state_dir", folder + "/var"},
      {"tmp_dir", folder + "/tmp"},
      {"tmpfiles_d", folder + "/tmp"},
  };
  std::string out;
  for (const auto line : split(*text, '\n')) {
    const auto equals = line.find('=');
    const auto key = equals == std::string_view::npos ? std::string_view{} : trim(line.substr(0, equals));
    const auto found = moved.find(key);
    out += found == moved.end() ? std::string{line} : std::string{key} + " = " + found->second;
    out += '\n';
  }
  return out;
}

std::string switch_on(const std::string& plugin, const std::string& more = {}) {
  return "dn: cn=" + plugin +
         ",cn=plugins,cn=config\nchangetype: modify\nreplace: nsslapd-pluginEnabled\nnsslapd-pluginEnabled: on\n" +
         more + "\n";
}

// As an organisation would run it: memberOf and referential integrity for both kinds of groups, the retro changelog.
std::string usual_plugins() {
  return switch_on("MemberOf Plugin",
                   "-\nreplace: memberofgroupattr\nmemberofgroupattr: member\nmemberofgroupattr: uniqueMember\n-\n"
                   "replace: memberofautoaddoc\nmemberofautoaddoc: nsMemberOf\n") +
         switch_on("Retro Changelog Plugin") +
         switch_on("referential integrity postoperation",
                   "-\nreplace: referint-membership-attr\nreferint-membership-attr: member\n"
                   "referint-membership-attr: uniqueMember\n");
}

pid_t pid_in(const std::string& file) {
  const auto text = read_file(file);
  pid_t pid = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), pid);
  return pid;
}

bool is_ns_slapd(pid_t pid) {
  const auto name = read_file("/proc/" + std::to_string(pid) + "/comm");
  return pid > 1 && name && trim(*name) == "ns-slapd";
}

}  // namespace

result<PrivateDs389> PrivateDs389::start(Ds389Options options) {
  if (auto found = require_programs(); !found) return found.error();
  std::error_code ec;
  options.folder = fs::absolute(options.folder, ec).lexically_normal().string();
  if (options.folder.size() + sizeof "/ldapi" > sizeof sockaddr_un::sun_path)
    return Error{errc::too_large, options.folder + " is too long a path for a local socket (107 bytes with /ldapi)"};
  PrivateDs389 server{std::move(options)};
  const auto installed = server.options_.from_template.empty() ? server.install() : server.unfold();
  if (!installed) return installed.error();
  if (!server.options_.durable)
    if (auto told = server.do_not_sync(); !told) return told.error();
  if (auto launched = server.launch(); !launched) return launched.error();
  if (server.options_.usual_plugins) {
    if (auto configured = server.modify("the plug-ins", usual_plugins()); !configured) return configured.error();
    if (auto again = server.restart(); !again) return again.error();  // plug-ins take effect at the next start
  }
  if (auto seeded = server.modify("the seed", server.seed_without_suffix()); !seeded) return seeded.error();
  for (const auto& change : server.options_.access)
    if (auto allowed = server.modify("the access rules", change); !allowed) return allowed.error();
  return server;
}

PrivateDs389::~PrivateDs389() { stop(); }

result<void> PrivateDs389::install() {
  if (auto prepared = prepare_folder(); !prepared) return prepared;
  const auto made = make_instance();
  const auto stopped = stop_installers_server();
  if (!made) return made;
  if (!stopped) return stopped;
  if (auto installed = install_certificate(); !installed) return installed;
  return options_.keep_template.empty() ? result<void>{} : keep_ds389_template(options_.folder, options_.keep_template);
}

result<void> PrivateDs389::unfold() {
  port_ = free_port();
  tls_port_ = free_port();
  if (auto unfolded = unfold_ds389_template(options_.from_template, options_.folder, port_, tls_port_); !unfolded)
    return unfolded;
  return write_file(admin_password_file(), options_.admin_password.reveal(), 0600);
}

// Refused of a server that runs. Of the Berkeley DB backend: another one does not have the line.
result<void> PrivateDs389::do_not_sync() const {
  const std::string file = config() + "/dse.ldif";
  auto text = read_file(file);
  if (!text) return text.error();
  constexpr std::string_view durable = "nsslapd-db-durable-transaction: on\n";
  const auto at = text->find(durable);
  if (at == std::string::npos) return {};
  return write_file(file, text->replace(at, durable.size(), "nsslapd-db-durable-transaction: off\n"), 0600);
}

// The installer makes the suffix entry itself, whatever it is told.
std::string PrivateDs389::seed_without_suffix() const {
  const LdapTools tools{{ldap_url(), admin_dn(), admin_password_file(), {}}};
  const auto end = options_.seed_ldif.find("\n\n");
  if (end == std::string::npos || !tools.search(suffix(), "base", "(objectClass=*)", {"1.1"}))
    return options_.seed_ldif;
  return options_.seed_ldif.substr(end + 2);
}

result<void> PrivateDs389::prepare_folder() const {
  const auto& folder = options_.folder;
  std::error_code ec;
  for (const auto* sub : {"/share/dirsrv/inf", "/etc/dirsrv", "/etc/default", "/tmp", "/lock", "/ldif", "/log", "/tls"})
    if (!fs::create_directories(folder + sub, ec) && ec)
      return Error{errc::unavailable, folder + sub + ": " + ec.message()};
  fs::permissions(folder, fs::perms::owner_all, ec);
  for (const auto* sub : {"/schema", "/config"}) {
    fs::copy(std::string{"/etc/dirsrv"} + sub, folder + "/etc/dirsrv" + sub, fs::copy_options::recursive, ec);
    if (ec) return Error{errc::unavailable, std::string{"/etc/dirsrv"} + sub + ": " + ec.message()};
  }
  auto defaults = moved_defaults(folder, config());
  if (!defaults) return defaults.error();
  for (const auto& [name, text] :
       {std::pair{"/share/dirsrv/inf/defaults.inf", *defaults},
        std::pair{"/admin.password", options_.admin_password.reveal()}, std::pair{"/tls/ca.pem", options_.tls_ca_pem},
        std::pair{"/tls/server.pem", options_.tls.certificate_chain},
        std::pair{"/tls/server.key", options_.tls.private_key}})
    if (auto written = write_file(folder + name, text, 0600); !written) return written.error();
  return {};
}

result<void> PrivateDs389::make_instance() {
  port_ = free_port();
  tls_port_ = free_port();
  const std::string answers =
      "[general]\nconfig_version = 2\nfull_machine_name = localhost\nstrict_host_checking = False\nselinux = False\n"
      "systemd = False\nstart = False\n[slapd]\ninstance_name = lab\nport = " +
      std::to_string(port_) + "\nsecure_port = " + std::to_string(tls_port_) + "\nroot_dn = " + admin_dn() +
      "\nroot_password = " + options_.admin_password.reveal() + "\nuser = " + user_name() +
      "\ngroup = " + group_name() + "\nself_sign_cert = True\n[backend-userroot]\nsuffix = " + options_.suffix +
      "\nsample_entries = no\ncreate_suffix_entry = False\n";
  const std::string file = options_.folder + "/instance.inf";
  if (auto written = write_file(file, answers, 0600); !written) return written.error();
  return run_tool({"dscreate", "from-file", file}, install_timeout, {"PREFIX=" + options_.folder});
}

// The installer may leave a daemon running whatever it is told. It is known by the pid file in our own folder.
result<void> PrivateDs389::stop_installers_server() const {
  const std::string file = options_.folder + "/slapd.pid";
  const pid_t pid = pid_in(file);
  if (!is_ns_slapd(pid)) return {};
  ::kill(pid, SIGTERM);
  const auto deadline = SteadyClock::now() + stop_timeout;
  while (is_ns_slapd(pid)) {
    if (SteadyClock::now() > deadline) {
      ::kill(pid, SIGKILL);
      return Error{errc::timed_out, "the server that dscreate started did not stop"};
    }
    std::this_thread::sleep_for(10ms);
  }
  std::error_code ignored;
  fs::remove(file, ignored);
  return {};
}

// The installer's certificate names only "localhost", which libldap replaces by the machine's name: nobody could verify
// it.
result<void> PrivateDs389::install_certificate() const {
  const std::string tls = options_.folder + "/tls", pin = config() + "/pwdfile.txt";
  for (const auto& argv : std::vector<std::vector<std::string>>{
           {"openssl", "pkcs12", "-export", "-name", "Server-Cert", "-inkey", tls + "/server.key", "-in",
            tls + "/server.pem", "-passout", "pass:lab", "-out", tls + "/server.p12"},
           {"certutil", "-D", "-d", config(), "-n", "Server-Cert", "-f", pin},
           {"certutil", "-A", "-d", config(), "-n", "lab-ca", "-t", "CT,,", "-i", tls + "/ca.pem", "-f", pin},
           {"pk12util", "-i", tls + "/server.p12", "-d", config(), "-W", "lab", "-k", pin}})
    if (auto done = run_tool(argv); !done) return done.error();
  return {};
}

result<void> PrivateDs389::launch() {
  const std::string pid_file = options_.folder + "/slapd.pid";
  std::error_code ignored;
  fs::remove(pid_file, ignored);
  ProcessOptions run;
  run.argv = {"ns-slapd", "-D", config(), "-i", pid_file, "-d", "0"};  // -d: stay in the foreground
  run.output_file = options_.folder + "/log/out";
  auto process = Process::start(run);
  if (!process) return process.error();
  process_ = std::move(*process);
  const LdapTools tools{{ldap_url(), admin_dn(), admin_password_file(), {}}, 2s};
  const auto deadline = SteadyClock::now() + start_timeout;
  while (!tools.search("", "base", "(objectClass=*)", {"1.1"})) {
    if (!process_.is_running()) return Error{errc::unavailable, "ns-slapd ended at once; see " + run.output_file};
    if (SteadyClock::now() > deadline) return Error{errc::unavailable, "ns-slapd does not answer"};
    std::this_thread::sleep_for(20ms);
  }
  return {};
}

result<void> PrivateDs389::modify(const std::string& what, std::string_view ldif) const {
  if (ldif.empty()) return {};
  const LdapTools tools{{ldap_url(), admin_dn(), admin_password_file(), {}}, 120s};
  auto done = tools.modify(ldif);
  if (!done) return Error{errc::unavailable, "389 DS does not accept " + what + ": " + done.error().message()};
  return {};
}

void PrivateDs389::stop() {
  thaw();
  process_.stop(SteadyClock::now() + stop_timeout);
}

result<void> PrivateDs389::restart() {
  stop();
  return launch();
}

}  // namespace dirbridge::lab
