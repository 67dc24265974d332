#include "integration/directories/server_under_test.hpp"

#include <array>
#include <chrono>
#include <stdexcept>

#include "base/text.hpp"
#include "lab/directory_seeds.hpp"
#include "ldap/directory.hpp"
#include "net/tls.hpp"

namespace dirbridge::directories {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Slot {
  bool tried = false;
  std::unique_ptr<ServerUnderTest> server;
  Error why_missing;
};
std::array<Slot, 3>& slots() {
  static std::array<Slot, 3> all;
  return all;
}

const Secret agent_password{"Agent-Passw0rd.1"};
const Secret reader_password{"Reader-Passw0rd.1"};

std::vector<std::size_t> sizes_of_groups() {
  std::vector<std::size_t> sizes;
  for (std::size_t i = 0; i < ServerUnderTest::groups; ++i) sizes.push_back(2 + i % 8);
  return sizes;
}

// By hand, so that the test shares no code with what it tests.
std::string guid_text(const std::string& bytes) {
  static constexpr std::array<int, 16> order{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
  std::string out;
  char pair[3];
  for (std::size_t i = 0; i < order.size(); ++i) {
    std::snprintf(pair, sizeof pair, "%02x", static_cast<unsigned char>(bytes.at(static_cast<std::size_t>(order[i]))));
    out += pair;
    if (i == 3 || i == 5 || i == 7 || i == 9) out += '-';
  }
  return out;
}

using AnyServer = std::variant<std::monostate, lab::PrivateSlapd, lab::PrivateDs389, lab::PrivateSambaAd>;

template <class Action>
void apply_to(AnyServer& server, Action action) {
  std::visit(
      [&](auto& one) {
        if constexpr (!std::is_same_v<std::decay_t<decltype(one)>, std::monostate>) action(one);
      },
      server);
}

template <class Question>
std::string ask(const AnyServer& server, Question question) {
  return std::visit(
      [&](const auto& one) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(one)>, std::monostate>)
          return {};
        else
          return question(one);
      },
      server);
}

}  // namespace

std::string name_of(Server server) {
  switch (server) {
    case Server::openldap: return "openldap";
    case Server::ds389: return "ds389";
    case Server::samba: break;
  }
  return "samba";
}

ServerUnderTest* ServerUnderTest::of(Server server) {
  auto& slot = slots()[static_cast<std::size_t>(server)];
  if (!std::exchange(slot.tried, true)) {
    slot.server.reset(new ServerUnderTest{server});
    const auto started = slot.server->start();
    if (!started) {
      slot.why_missing = started.error();
      slot.server.reset();
    }
  }
  return slot.server.get();
}

const Error& ServerUnderTest::why_missing(Server server) {
  return slots()[static_cast<std::size_t>(server)].why_missing;
}

void ServerUnderTest::stop_all() {
  for (auto& slot : slots()) slot.server.reset();
}

std::vector<Server> ServerUnderTest::crashed() {
  std::vector<Server> all;
  for (auto& slot : slots())
    if (slot.server && slot.server->has_crashed()) all.push_back(slot.server->kind_);
  return all;
}

bool ServerUnderTest::has_crashed() {
  bool is_running = true;
  apply_to(server_, [&](auto& one) { is_running = one.is_running(); });
  return !is_running && !is_killed_;
}

ldap::ServerKind ServerUnderTest::protocol_kind() const {
  switch (kind_) {
    case Server::openldap: return ldap::ServerKind::openldap;
    case Server::ds389: return ldap::ServerKind::ds389;
    case Server::samba: break;
  }
  return ldap::ServerKind::active_directory;
}

std::string ServerUnderTest::people_base() const {
  return (kind_ == Server::samba ? "OU=people," : "ou=people,") + organisation_.suffix;
}
std::string ServerUnderTest::groups_base() const {
  return (kind_ == Server::samba ? "OU=groups," : "ou=groups,") + organisation_.suffix;
}

void ServerUnderTest::write(const std::string& name, const std::string& text) const {
  write_file(folder_.path() + "/" + name, text, 0600).value();
}

result<void> ServerUnderTest::start() {
  const auto begin = SteadyClock::now();
  write("agent.password", agent_password.reveal());
  write("reader.password", reader_password.reveal());
  auto started = kind_ == Server::openldap ? start_openldap() : kind_ == Server::ds389 ? start_ds389() : start_samba();
  setup_ = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - begin);
  return started;
}

result<void> ServerUnderTest::start_openldap() {
  const auto authority = net::make_authority("Lab CA");
  organisation_ = lab::bench_organisation(people, sizes_of_groups());
  lab::SlapdOptions options;
  options.folder = folder_.path() + "/s";
  options.admin_password = admin_password();
  options.access = organisation_.access;
  options.seed_ldif = organisation_.ldif(agent_password, reader_password);
  options.tls = net::issue(authority, {"127.0.0.1"});
  options.fsync = false;
  options.index_members = true;
  options.password_policy = true;
  options.memberof = true;  // with it, a rename or a deletion reaches the groups
  write("ca.pem", authority.certificate);
  auto server = lab::PrivateSlapd::start(std::move(options));
  if (!server) return server.error();
  admin_.emplace(server->ldapi_url());
  server_ = std::move(*server);
  return {};
}

result<void> ServerUnderTest::start_ds389() {
  const auto authority = net::make_authority("Lab CA");
  organisation_ = lab::bench_organisation(people, sizes_of_groups());
  lab::Ds389Options options;
  options.folder = folder_.path() + "/d";
  options.durable = false;  // what the tests kill is the server
  options.keep_template = ds389_template();
  options.admin_password = admin_password();
  options.access = lab::ds389_access(organisation_);
  options.seed_ldif = organisation_.ldif(agent_password, reader_password);
  options.tls = net::issue(authority, {"127.0.0.1"});
  options.tls_ca_pem = authority.certificate;
  write("ca.pem", authority.certificate);
  auto server = lab::PrivateDs389::start(std::move(options));
  if (!server) return server.error();
  admin_.emplace(lab::LdapLogin{server->ldaps_url(), server->admin_dn(), server->admin_password_file(),
                                folder_.path() + "/ca.pem"});
  server_ = std::move(*server);
  return {};
}

result<void> ServerUnderTest::start_samba() {
  const auto authority = net::make_authority("Lab CA");
  organisation_ = lab::ad_organisation(people, sizes_of_groups(), lab::PrivateSambaAd::suffix());
  lab::SambaAdOptions options;
  options.folder = folder_.path() + "/a";
  options.admin_password = admin_password();
  options.seed_ldif = lab::ad_ldif(organisation_, agent_password, reader_password);
  options.agent_login = "svc-agent";
  options.groups_base = groups_base();
  options.tls = net::issue(authority, {"127.0.0.1", "dc1.ad.example.org"});
  options.tls_ca_pem = authority.certificate;
  write("ca.pem", authority.certificate);
  auto server = lab::PrivateSambaAd::start(std::move(options));
  if (!server) return server.error();
  admin_.emplace(
      lab::LdapLogin{server->ldaps_url(), server->admin_login(), server->admin_password_file(), server->ca_file()});
  server_ = std::move(*server);
  return {};
}

ldap::ClientSettings ServerUnderTest::agent_settings() const {
  ldap::ClientSettings settings;
  settings.urls = {ask(server_, [](const auto& one) { return one.ldaps_url(); })};
  settings.bind_dn = kind_ == Server::samba ? "svc-agent@ad.example.org" : organisation_.agent_dn();
  settings.bind_password_file = folder_.path() + "/agent.password";
  settings.ca_file = folder_.path() + "/ca.pem";
  settings.connect_timeout = settings.tls_timeout = settings.bind_timeout = milliseconds{5000};
  settings.reconnect_base = milliseconds{10};
  settings.reconnect_max = milliseconds{100};
  return settings;
}

std::string ServerUnderTest::plain_url() const {
  return ask(server_, [](const auto& one) { return one.ldap_url(); });
}

ldap::ClientSettings ServerUnderTest::kerberos_settings() const {
  auto settings = agent_settings();
  settings.urls = {samba().kerberos_url()};
  settings.bind_dn.clear();
  settings.bind_password_file.clear();
  settings.ca_file.clear();
  settings.kerberos = {folder_.path() + "/agent.keytab", "svc-agent@" + lab::PrivateSambaAd::realm(), {samba().kdc()}};
  samba().export_keytab("svc-agent", settings.kerberos.keytab_file).value();
  return settings;
}

ldap::ClientSettings ServerUnderTest::reader_settings() const {
  auto settings = agent_settings();
  settings.bind_dn = kind_ == Server::samba ? "svc-reader@ad.example.org" : organisation_.reader_dn();
  settings.bind_password_file = folder_.path() + "/reader.password";
  return settings;
}

std::string ServerUnderTest::stable_id(const std::string& dn) const {
  const std::string attribute = kind_ == Server::openldap ? "entryUUID"
                                : kind_ == Server::ds389  ? "nsUniqueId"
                                                          : "objectGUID";
  const auto values = admin_->values(dn, attribute);
  if (!values || values->empty()) return {};
  return kind_ == Server::samba ? guid_text(values->front()) : values->front();
}

void ServerUnderTest::change(const std::string& ldif) const {
  const auto changed = admin_->modify(ldif);
  if (!changed) throw std::runtime_error(changed.error().message() + " for\n" + ldif);
}

void ServerUnderTest::change_relaxed(const std::string& ldif) const {
  const auto& slapd = std::get<lab::PrivateSlapd>(server_);
  const auto done = lab::run_process({"ldapmodify", "-Q", "-Y", "EXTERNAL", "-H", slapd.ldapi_url(), "-e", "relax"},
                                     ldif, SteadyClock::now() + std::chrono::seconds{10});
  if (!done || done->status != 0)
    throw std::runtime_error((done ? done->err : done.error().message()) + " for\n" + ldif);
}

std::string ServerUnderTest::agent_entry() const {
  return kind_ == Server::samba ? "CN=svc-agent,OU=services," + suffix() : organisation_.agent_dn();
}

const Secret& ServerUnderTest::admin_password() {
  static const Secret password{"Admin-Passw0rd.1"};
  return password;
}

std::string ServerUnderTest::make_group(const std::string& cn, const std::vector<std::string>& members,
                                        bool unique) const {
  const std::string dn = "cn=" + cn + "," + groups_base();
  const std::string attribute = unique ? "uniqueMember" : "member";
  std::string ldif = lab::ldif_line("dn", dn);
  if (kind_ == Server::samba)
    ldif += "objectClass: group\n" + lab::ldif_line("sAMAccountName", cn);
  else
    ldif += std::string{"objectClass: "} + (unique ? "groupOfUniqueNames" : "groupOfNames") + "\n";
  ldif += lab::ldif_line("cn", cn);
  for (const auto& member : members) ldif += lab::ldif_line(attribute, member);
  change(ldif);
  return dn;
}

std::string ServerUnderTest::make_person(const std::string& cn) const {
  const std::string dn = "cn=" + lab::escape_rdn_value(cn) + "," + people_base();
  static int number = 0;
  change(lab::ldif_line("dn", dn) +
         (kind_ == Server::samba
              ? "objectClass: user\n" + lab::ldif_line("sAMAccountName", "extra" + std::to_string(++number))
              : "objectClass: inetOrgPerson\n" + lab::ldif_line("sn", cn)) +
         lab::ldif_line("cn", cn));
  return dn;
}

// The server makes the entry when the first group names the identifier.
std::string ServerUnderTest::make_foreign(std::string sid) const {
  static int number = 0;
  const bool is_new = sid.empty();
  if (is_new) sid = "S-1-5-21-1111-2222-3333-" + std::to_string(5000 + ++number);
  if (is_new) make_group("abroad-" + std::to_string(number), {"<SID=" + sid + ">"});
  return "CN=" + sid + ",CN=ForeignSecurityPrincipals," + suffix();
}

void ServerUnderTest::remove_entry(const std::string& dn) const {
  change(lab::ldif_line("dn", dn) + "changetype: delete\n");
}

std::string ServerUnderTest::rename(const std::string& dn, const std::string& rdn, const std::string& parent) const {
  change(lab::ldif_line("dn", dn) + "changetype: modrdn\n" + lab::ldif_line("newrdn", rdn) + "deleteoldrdn: 1\n" +
         (parent.empty() ? std::string{} : lab::ldif_line("newsuperior", parent)));
  return rdn + "," + (parent.empty() ? dn.substr(dn.find(',') + 1) : parent);
}

void ServerUnderTest::paste_command(const std::string& line) const {
  std::string command = line;
  for (const auto& option : std::get<lab::PrivateSambaAd>(server_).tool_options()) command += " " + option;
  const auto done = lab::run_process({"sh", "-c", command}, "", SteadyClock::now() + std::chrono::seconds{180});
  if (!done || done->status != 0)
    throw std::runtime_error(command + ": " + (done ? done->out + done->err : done.error().message()));
}

bool ServerUnderTest::holds(const std::string& group, const std::string& attribute, const std::string& value) const {
  return admin_->holds(group, attribute, value).value();
}

void ServerUnderTest::make_primary(const std::string& group, const std::string& user) const {
  const auto token = admin_->values(group, "primaryGroupToken").value();
  change(lab::ldif_line("dn", user) + "changetype: modify\nreplace: primaryGroupID\n" +
         lab::ldif_line("primaryGroupID", token.at(0)));
}

void ServerUnderTest::set_read_only(bool value) const {
  if (kind_ == Server::openldap)
    change(std::string{"dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: olcReadOnly\nolcReadOnly: "} +
           (value ? "TRUE\n" : "FALSE\n"));
  else
    change(std::string{"dn: cn=userroot,cn=ldbm database,cn=plugins,cn=config\nchangetype: modify\n"
                       "replace: nsslapd-readonly\nnsslapd-readonly: "} +
           (value ? "on\n" : "off\n"));
}

void ServerUnderTest::set_replica_of(const std::string& primary) const {
  const std::string database = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\n";
  if (primary.empty())
    change(database + "delete: olcUpdateRef\n-\ndelete: olcSyncrepl\n");
  else
    change(database + "add: olcSyncrepl\nolcSyncrepl: rid=1 provider=" + primary +
           " type=refreshOnly interval=00:01:00:00 retry=\"3600 +\" searchbase=\"" + suffix() +
           "\" bindmethod=simple\n-\nadd: olcUpdateRef\nolcUpdateRef: " + primary + "\n");
}

void ServerUnderTest::freeze() {
  apply_to(server_, [](auto& one) { one.freeze(); });
}
void ServerUnderTest::thaw() {
  apply_to(server_, [](auto& one) { one.thaw(); });
}
void ServerUnderTest::kill() {
  is_killed_ = true;
  apply_to(server_, [](auto& one) { one.kill(); });
}
void ServerUnderTest::restart() {
  apply_to(server_, [](auto& one) { one.restart().value(); });
  is_killed_ = false;
}

}  // namespace dirbridge::directories
