// An Active Directory domain controller of one's own: Samba in one folder. For tests and bench; blocking.
//
// Samba's LDAP ports cannot be moved, so it runs in a network of its own with nothing in it but "lo"; pairs of socat
// carry two free loopback ports in through local sockets, which are not per network. Needs real root (a new network,
// and file attributes that Samba keeps); the domain is AD.EXAMPLE.ORG.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "lab/process.hpp"
#include "net/tls.hpp"

namespace dirbridge::lab {

struct SambaAdOptions {
  std::string folder;       // made (0700) if missing; short: its sockets' paths must fit in 107 bytes
  Secret admin_password;    // of Administrator; AD demands upper and lower case, digits, others
  std::string seed_ldif;    // loaded into the database before the start, some 60 entries a second
  std::string agent_login;  // sAMAccountName of the account that may write `member` of groups below `groups_base`
  std::string groups_base;
  net::Identity tls;  // ldaps and StartTLS: without TLS the controller refuses simple binds
  std::string tls_ca_pem;
};

// Movable. The destructor stops it. Its processes get SIGKILL when the thread that started them ends.
class PrivateSambaAd {
 public:
  // Provisions, seeds, starts, and waits until it answers (about 10 s). Errors: errc::not_found names the package, or
  // says that only root could do it; errc::unavailable names the step that failed.
  static result<PrivateSambaAd> start(SambaAdOptions options);
  PrivateSambaAd(PrivateSambaAd&&) noexcept = default;
  PrivateSambaAd& operator=(PrivateSambaAd&&) noexcept = default;
  ~PrivateSambaAd();

  static std::string suffix() { return "DC=ad,DC=example,DC=org"; }
  static std::string admin_login() { return "administrator@ad.example.org"; }
  pid_t pid() const { return samba_.pid(); }
  bool is_running() { return samba_.is_running(); }
  std::string ldap_url() const { return "ldap://127.0.0.1:" + std::to_string(port_); }
  std::string ldaps_url() const { return "ldaps://127.0.0.1:" + std::to_string(tls_port_); }
  std::string admin_password_file() const { return options_.folder + "/admin.password"; }
  // For the administrator's tools on the server's own machine, behind a sub-command of samba-tool.
  std::vector<std::string> tool_options() const { return {"-H", "tdb://" + database(), "-s", config_file()}; }
  std::string ca_file() const { return options_.folder + "/tls/ca.pem"; }

  void stop();
  void kill() { samba_.kill(); }
  void freeze() { samba_.freeze(); }
  void thaw() { samba_.thaw(); }
  // Stops it if it runs and starts it again: same data, same ports.
  result<void> restart();

 private:
  explicit PrivateSambaAd(SambaAdOptions options) : options_(std::move(options)) {}
  std::string config_file() const { return options_.folder + "/etc/smb.conf"; }
  std::string database() const { return options_.folder + "/private/sam.ldb"; }
  result<void> provision() const;
  result<void> write_config() const;
  result<void> seed() const;
  result<void> grant() const;
  result<void> make_network();
  result<void> launch();

  SambaAdOptions options_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::vector<Process> relays_;  // the first one holds the network
  Process samba_;
};

}  // namespace dirbridge::lab
