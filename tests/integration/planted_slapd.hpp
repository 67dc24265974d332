// A slapd of the doctor's tests, and what an administrator may have done to it by mistake.
#pragma once
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "doctor/access_advice.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/private_slapd.hpp"
#include "lab/sample_organisation.hpp"
#include "support/examine_now.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::doctor {

class OnOpenLdap : public ::testing::Test {
 protected:
  void SetUp() override {
    authority_ = net::make_authority("Lab CA");
    organisation_ = lab::bench_organisation(20, {1, 3, 5});
    write("password", "agent secret");
    write("ca.pem", authority_.certificate);
    settings_.directory.bind_dn = organisation_.agent_dn();
    settings_.directory.bind_password_file = path("password");
    settings_.directory.ca_file = path("ca.pem");
    settings_.users.bases = {organisation_.people_base()};
    settings_.groups.bases = {organisation_.groups_base()};
  }
  void start(net::Identity identity) {
    lab::SlapdOptions options;
    options.folder = path(server_folder_);
    options.admin_password = Secret{"admin secret"};
    options.access = organisation_.access;
    options.seed_ldif = organisation_.ldif(Secret{"agent secret"}, Secret{"reader secret"});
    options.tls = std::move(identity);
    options.fsync = false;
    options.index_members = index_members_;
    options.sort_values = sort_values_;
    options.provider = provider_;
    auto started = lab::PrivateSlapd::start(std::move(options));
    if (!started) throw std::runtime_error(started.error().message());
    server_.emplace(std::move(*started));
    settings_.directory.urls = {server_->ldaps_url()};
  }
  void start() { start(net::issue(authority_, {"127.0.0.1"})); }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  void write(const std::string& name, const std::string& text) const { write_file(path(name), text, 0600).value(); }
  void change(const std::string& ldif) const {
    const auto changed = lab::LdapTools{server_->ldapi_url()}.modify(ldif);
    if (!changed) throw std::runtime_error(changed.error().message() + " for\n" + ldif);
  }
  void set(const std::string& attribute, const std::vector<std::string>& values) const {
    std::string ldif = "dn: olcDatabase={1}mdb,cn=config\nchangetype: modify\nreplace: " + attribute + "\n";
    for (const auto& value : values) ldif += lab::ldif_line(attribute, value);
    change(ldif);
  }
  void security(const std::string& demand) const {
    change("dn: cn=config\nchangetype: modify\nreplace: olcSecurity\nolcSecurity: " + demand + "\n");
  }
  // These rules and no other.
  void set_access(const std::vector<std::string>& lines) const {
    std::vector<std::string> numbered;
    for (const auto& line : lines) numbered.push_back("{" + std::to_string(numbered.size()) + "}" + line);
    numbered.push_back("{" + std::to_string(numbered.size()) + "}to * by * none");
    set("olcAccess", numbered);
  }
  std::vector<std::string> advised() const {
    return openldap_access({organisation_.agent_dn(), settings_.users.bases, settings_.groups.bases});
  }
  std::string agent() const { return " by dn.exact=\"" + organisation_.agent_dn() + "\" "; }
  void show_configuration() const {
    change("dn: olcDatabase={0}config,cn=config\nchangetype: modify\nadd: olcAccess\n" +
           lab::ldif_line("olcAccess", "{0}to *" + agent() + "read by * break"));
  }
  // The advised rules with this one before them.
  void set_access_with(const std::string& line) const {
    auto lines = advised();
    lines.insert(lines.begin(), line);
    set_access(lines);
  }

 public:
  // Each does to the lab what an administrator may have done by mistake.
  void wrong_password() { start(), write("password", "not it"); }
  void no_password_file() { start(), settings_.directory.bind_password_file = path("nowhere"); }
  void unknown_authority() { start(), write("ca.pem", net::make_authority("Another").certificate); }
  void other_host_name() { start(net::issue(authority_, {"ldap.example.org"})); }
  void expired_certificate() {
    const auto now = system_clock().wall_now();
    start(net::issue(authority_, {"127.0.0.1"}, now - std::chrono::hours{48}, now - std::chrono::hours{24}));
  }
  void certificate_ends_soon() { start(net::issue(authority_, {"127.0.0.1"}, 20)); }
  void password_in_clear() { start(), settings_.directory.urls = {server_->ldap_url()}; }
  void anonymous() { start(), settings_.directory.bind_dn.clear(); }
  void wrong_group_base() { start(), settings_.groups.bases = {"ou=teams," + organisation_.suffix}; }
  void wrong_user_base() { start(), settings_.users.bases = {"ou=staff," + organisation_.suffix}; }
  void filter_of_another_server() { start(), settings_.groups.filter = "(objectClass=group)"; }
  void one_group_not_writable() {
    start();
    set_access_with("to dn.exact=\"" + organisation_.groups[1].dn + "\" attrs=member" + agent() + "read by * break");
  }
  void members_not_addable() {
    start();
    set_access_with("to dn.exact=\"" + organisation_.groups[1].dn + "\" attrs=member" + agent() + "=rscxdz by * break");
  }
  void members_not_readable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=member" + agent() + "=w by * break");
  }
  void members_not_searchable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=member" + agent() + "=wr by * break");
  }
  void ids_not_readable() {
    start();
    set_access_with("to attrs=entryUUID by * none");
  }
  void ids_not_searchable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=entryUUID" + agent() +
                    "=rd by * break");
  }
  void empty_second_user_base() {
    start();
    change("dn: ou=later," + organisation_.suffix + "\nobjectClass: organizationalUnit\nou: later\n");
    settings_.users.bases.push_back("ou=later," + organisation_.suffix);
  }
  void dead_second_server() { start(), settings_.directory.urls.push_back("ldaps://127.0.0.1:9"); }
  void dead_first_server() {
    start();
    settings_.directory.urls.insert(settings_.directory.urls.begin(), "ldaps://127.0.0.1:9");
  }
  void descriptions_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=description" + agent() +
                    "write by * break");
  }
  void people_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\"" + agent() + "write by * break");
  }
  void groups_deletable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=entry,children" + agent() +
                    "write by * break");
  }
  void entries_addable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=entry,children" + agent() +
                    "=arscxd by * break");
  }
  void classes_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=objectClass" + agent() +
                    "write by * break");
  }
  void passwords_writable() {
    start();
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=userPassword" + agent() +
                    "=w by * break");
  }
  void passwords_readable() {
    start();
    change("dn: " + organisation_.person("u3").dn + "\nchangetype: modify\nadd: userPassword\nuserPassword: secret\n");
    set_access_with("to dn.subtree=\"" + organisation_.people_base() + "\" attrs=userPassword" + agent() +
                    "read by * break");
  }
  void group_without_members() {
    start();
    change(lab::ldif_line("dn", "cn=role," + organisation_.groups_base()) +
           "objectClass: organizationalRole\ncn: role\n");
    settings_.groups.filter = "(|(objectClass=groupOfNames)(objectClass=organizationalRole))";
  }
  void values_not_sorted() { sort_values_ = false, start(), show_configuration(); }
  void members_not_indexed() { index_members_ = false, start(), show_configuration(); }
  void deleted_users_stay_members() { start(), show_configuration(); }
  void expired_certificate_under_starttls() {
    expired_certificate();
    settings_.directory.urls = {server_->ldap_url()};
    settings_.directory.starttls = true;
  }
  void tls_on_the_plain_port() {
    start();
    auto url = server_->ldap_url();
    settings_.directory.urls = {url.replace(0, 4, "ldaps")};
  }
  void plain_on_the_tls_port() {
    start();
    auto url = server_->ldaps_url();
    settings_.directory.urls = {url.replace(0, 5, "ldap")};
  }
  void binds_need_tls() { password_in_clear(), security("simple_bind=128"); }
  void changes_need_tls() { password_in_clear(), security("update_tls=1"); }
  void requests_too_small() {
    start();
    change(
        "dn: cn=config\nchangetype: modify\nreplace: olcSockbufMaxIncomingAuth\n"
        "olcSockbufMaxIncomingAuth: 262143\n");
  }
  void no_stand_in() { start(), settings_.last_member = "cn=nobody," + organisation_.suffix; }
  void one_user_writable() {
    start();
    set_access_with("to dn.exact=\"" + organisation_.person("u13").dn + "\" attrs=telephoneNumber" + agent() +
                    "=w by * break");
  }
  void members_elsewhere_writable() {
    start();
    const auto dn = "cn=elsewhere," + organisation_.people_base();
    change(lab::ldif_line("dn", dn) + "objectClass: groupOfNames\ncn: elsewhere\n" +
           lab::ldif_line("member", organisation_.person("u1").dn));
    set_access_with("to dn.exact=\"" + dn + "\"" + agent() + "=rscxdw by * break");
  }
  void may_act_as_others() {
    start();
    change("dn: cn=config\nchangetype: modify\nreplace: olcAuthzPolicy\nolcAuthzPolicy: to\n");
    change(lab::ldif_line("dn", organisation_.agent_dn()) + "changetype: modify\nadd: authzTo\nauthzTo: dn.regex:.*\n");
  }
  void size_limit() { start(), set("olcLimits", {"{0}users size=5"}); }
  void read_only() { start(), set("olcReadOnly", {"TRUE"}); }

 protected:
  bool index_members_ = true;
  bool sort_values_ = true;
  bool provider_ = false;
  std::string server_folder_ = "s";
  tests::TemporaryFolder folder_;
  net::Authority authority_;
  lab::Organisation organisation_;
  std::optional<lab::PrivateSlapd> server_;
  agent::AgentSettings settings_;
};

}  // namespace dirbridge::doctor
