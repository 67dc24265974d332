// A directory server of one's own: Debian's slapd as the calling user, in one folder, on free loopback ports. Nothing
// of the system is touched. For the demo, the tests and the bench; blocking, for start-up and test threads only.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"
#include "lab/process.hpp"
#include "net/tls.hpp"

namespace dirbridge::lab {

struct SlapdOptions {
  std::string folder;  // made (0700) if missing; one that was configured before is started as it is
  std::string suffix = "dc=example,dc=org";
  Secret admin_password;             // of cn=admin,<suffix>, the root DN; empty: EXTERNAL over ldapi only
  std::string seed_ldif;             // loaded once, when the folder is configured
  std::vector<std::string> access;   // olcAccess lines of the data, without {n}; see sample_organisation.hpp
  std::optional<net::Identity> tls;  // set: ldaps and StartTLS
  std::string tls_ca_pem;            // sent along to clients, optional
  std::uint16_t port = 0;            // 0: any free one
  std::uint16_t tls_port = 0;
  bool fsync = true;             // false: a crash of the machine may lose data
  bool sort_values = true;       // olcSortVals member, uniqueMember
  bool index_members = false;    // index member, uniqueMember eq
  bool memberof = false;         // the overlay; the seed then goes in over LDAP, which is slower
  bool password_policy = false;  // the overlay ppolicy, without a policy that holds for all
  int threads = 4;               // 2 to 16
  int size_limit = 0;            // entries per search; 0: none
  bool die_with_owner = true;    // SIGKILL when the starting thread ends
  bool log_operations = false;   // slapd's "stats" lines in <folder>/slapd.log
  bool provider = false;         // others may copy it (syncprov)
  // Set: a read-only copy of that server, read as cn=admin with the same password; writes are referred there. No seed.
  std::string copy_of;
};

// Movable. The destructor stops it (unless release() was called).
class PrivateSlapd {
 public:
  // Configures the folder if it is new, starts slapd and waits until it answers a bind (at most 10 s). Errors say what
  // a person can do: errc::not_found names the package to install.
  static result<PrivateSlapd> start(SlapdOptions options);
  PrivateSlapd(PrivateSlapd&&) noexcept = default;
  PrivateSlapd& operator=(PrivateSlapd&&) noexcept = default;
  ~PrivateSlapd();

  pid_t pid() const { return process_.pid(); }
  bool is_running() { return process_.is_running(); }
  const std::string& folder() const { return options_.folder; }
  const std::string& suffix() const { return options_.suffix; }
  std::string admin_dn() const { return "cn=admin," + options_.suffix; }
  std::uint16_t port() const { return options_.port; }
  std::uint16_t tls_port() const { return options_.tls_port; }  // 0 without TLS
  std::string ldap_url() const;                                 // ldap://127.0.0.1:<port>
  std::string ldaps_url() const;                                // empty without TLS
  std::string ldapi_url() const;                                // EXTERNAL over it as the same user may do everything
  std::string socket_path() const { return options_.folder + "/ldapi"; }

  // SIGTERM; SIGKILL if it takes longer than 10 s. A frozen server is thawed first.
  void stop();
  void kill();    // SIGKILL, reaped when this returns
  void freeze();  // SIGSTOP; returns when the process has stopped
  void thaw();    // SIGCONT
  // Stops it if it runs and starts it again: same data, same ports.
  result<void> restart();
  // The server outlives this object (only with die_with_owner off).
  void release() { process_.release(); }

 private:
  explicit PrivateSlapd(SlapdOptions options) : options_(std::move(options)) {}
  result<void> launch();
  result<void> seed_over_ldap() const;

  SlapdOptions options_;
  Process process_;
};

}  // namespace dirbridge::lab
