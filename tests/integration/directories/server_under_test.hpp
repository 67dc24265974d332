// One of the three directory servers, started once for all tests of the process, with the same people and groups in it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "lab/ldap_tools.hpp"
#include "lab/private_ds389.hpp"
#include "lab/private_samba_ad.hpp"
#include "lab/private_slapd.hpp"
#include "lab/sample_organisation.hpp"
#include "ldap/client.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::directories {

enum class Server { openldap, ds389, samba };
inline constexpr Server all_servers[] = {Server::openldap, Server::ds389, Server::samba};
std::string name_of(Server server);  // "openldap", "ds389", "samba": also in the names of tests

class ServerUnderTest {
 public:
  static constexpr std::size_t people = 200;
  static constexpr std::size_t groups = 100;

  // The one of this process; started at the first call. Null: it cannot run here, why_missing() says why.
  static ServerUnderTest* of(Server server);
  static const Error& why_missing(Server server);
  // Stops all; called at the end of the process.
  static void stop_all();
  // Those that were started, are gone, and were not killed by a test.
  static std::vector<Server> crashed();

  Server kind() const { return kind_; }
  ldap::ServerKind protocol_kind() const;
  milliseconds setup() const { return setup_; }  // from nothing to the first answer
  const lab::Organisation& organisation() const { return organisation_; }
  std::string person(int number) const { return organisation_.people.at(static_cast<std::size_t>(number - 1)).dn; }
  std::string people_base() const;
  std::string groups_base() const;
  const std::string& suffix() const { return organisation_.suffix; }

  // As the agent's account: writes member and uniqueMember of groups, nothing else.
  ldap::ClientSettings agent_settings() const;
  ldap::ClientSettings reader_settings() const;
  std::string plain_url() const;  // ldap://
  // Active Directory: the same account with its keytab, sealed on ldap://.
  ldap::ClientSettings kerberos_settings() const;
  const lab::PrivateSambaAd& samba() const { return std::get<lab::PrivateSambaAd>(server_); }
  const std::string& folder() const { return folder_.path(); }
  // With every right.
  const lab::LdapTools& admin() const { return *admin_; }
  // The id as the agent must see it, found out without the agent's code. Empty: no such entry.
  std::string stable_id(const std::string& dn) const;

  // A group of this test's own; `unique`: groupOfUniqueNames. Returns its DN.
  std::string make_group(const std::string& cn, const std::vector<std::string>& members, bool unique = false) const;
  // A person of this test's own.
  std::string make_person(const std::string& cn) const;
  // Active Directory: a foreign security principal, which stands for an account of a domain that nobody here knows, or
  // for a well-known identity ("S-1-5-11"). Returns its DN; `sid` empty: one of this test's own.
  std::string make_foreign(std::string sid = {}) const;
  // Active Directory: the user is a member already, and becomes one through primaryGroupID.
  void make_primary(const std::string& group, const std::string& user) const;
  void remove_entry(const std::string& dn) const;
  // New RDN value under the same parent, or under `parent`. Returns the new DN.
  std::string rename(const std::string& dn, const std::string& rdn, const std::string& parent = {}) const;
  // Active Directory: runs a line for samba-tool as an administrator pastes it on the server's machine.
  void paste_command(const std::string& line) const;
  // The server's own word, by its own comparison.
  bool holds(const std::string& group, const std::string& attribute, const std::string& value) const;

  // LDIF change records, as somebody who may do everything, over TLS where that is the server's condition.
  void change(const std::string& ldif) const;
  // OpenLDAP: the same for attributes that only the server itself writes (the relax control).
  void change_relaxed(const std::string& ldif) const;
  std::string agent_entry() const;  // the DN of the agent's account
  // 389 DS: the installed instance before any data, to make others from; its administrator's password.
  std::string ds389_template() const { return folder_.path() + "/t"; }
  static const Secret& admin_password();

  // OpenLDAP and 389 DS: the database takes no writes, not even the agent's.
  void set_read_only(bool value) const;
  // OpenLDAP: a consumer of `primary`, which it refers writers to; empty: a primary again.
  void set_replica_of(const std::string& primary) const;
  void freeze();
  void thaw();
  void kill();
  void restart();

 private:
  explicit ServerUnderTest(Server kind) : kind_(kind) {}
  bool has_crashed();
  result<void> start();
  result<void> start_openldap();
  result<void> start_ds389();
  result<void> start_samba();
  void write(const std::string& name, const std::string& text) const;

  bool is_killed_ = false;  // by a test
  Server kind_;
  tests::TemporaryFolder folder_;
  milliseconds setup_{};
  lab::Organisation organisation_;
  std::variant<std::monostate, lab::PrivateSlapd, lab::PrivateDs389, lab::PrivateSambaAd> server_;
  std::optional<lab::LdapTools> admin_;
};

}  // namespace dirbridge::directories
