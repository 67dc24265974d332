// A 389 Directory Server of one's own, as the calling user, in one folder, on free loopback ports; no systemd, nothing
// written to /etc or /var. For tests and bench; blocking, for start-up and test threads only.
#pragma once
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "lab/process.hpp"
#include "net/tls.hpp"

namespace dirbridge::lab {

struct Ds389Options {
  std::string folder;  // made (0700) if missing; short: its socket's path must fit in 107 bytes
  std::string suffix = "dc=example,dc=org";
  Secret admin_password;            // of cn=Directory Manager
  std::string seed_ldif;            // added once over LDAP, so that memberOf is computed; the suffix entry comes first
  std::vector<std::string> access;  // LDIF change records that set the ACIs
  net::Identity tls;                // ldaps and StartTLS
  std::string tls_ca_pem;
  bool usual_plugins = true;  // memberOf, referential integrity, retro changelog
  // False: answers before a change is on the disk, which makes seeding several times faster where the disk is slow. The
  // change outlives the server's death, not the machine's.
  bool durable = true;
  // A folder to keep the installed instance in, before plug-ins and seed; or the one to make this instance from, which
  // takes a second: admin password, suffix and certificate are then those of the first.
  std::string keep_template;
  std::string from_template;
};

// Movable. The destructor stops it. Its process gets SIGKILL when the thread that started it ends.
class PrivateDs389 {
 public:
  // Makes the instance (about 15 s, most of it the installer's own waiting; from a template 2 s), seeds it, and waits
  // until it answers.
  // Errors: errc::not_found names the package to install, or says that this user cannot run it; errc::unavailable names
  // the step that failed.
  static result<PrivateDs389> start(Ds389Options options);
  PrivateDs389(PrivateDs389&&) noexcept = default;
  PrivateDs389& operator=(PrivateDs389&&) noexcept = default;
  ~PrivateDs389();

  pid_t pid() const { return process_.pid(); }
  bool is_running() { return process_.is_running(); }
  std::uint16_t port() const { return port_; }
  static std::string admin_dn() { return "cn=Directory Manager"; }
  const std::string& suffix() const { return options_.suffix; }
  std::string ldap_url() const { return "ldap://127.0.0.1:" + std::to_string(port_); }
  std::string ldaps_url() const { return "ldaps://127.0.0.1:" + std::to_string(tls_port_); }
  std::string admin_password_file() const { return options_.folder + "/admin.password"; }

  void stop();  // SIGTERM; SIGKILL if it takes longer than 30 s
  void kill() { process_.kill(); }
  void freeze() { process_.freeze(); }
  void thaw() { process_.thaw(); }
  // Stops it if it runs and starts it again: same data, same ports.
  result<void> restart();

 private:
  explicit PrivateDs389(Ds389Options options) : options_(std::move(options)) {}
  std::string config() const { return options_.folder + "/etc/dirsrv/slapd-lab"; }
  result<void> install();
  result<void> do_not_sync() const;
  result<void> unfold();
  result<void> prepare_folder() const;
  result<void> make_instance();
  result<void> stop_installers_server() const;
  result<void> install_certificate() const;
  std::string seed_without_suffix() const;
  result<void> launch();
  result<void> modify(const std::string& what, std::string_view ldif) const;

  Ds389Options options_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  Process process_;
};

}  // namespace dirbridge::lab
