#include "bench/bulk_servers.hpp"

#include "base/ids.hpp"
#include "base/text.hpp"
#include "lab/directory_seeds.hpp"
#include "lab/private_ds389.hpp"
#include "lab/private_samba_ad.hpp"
#include "lab/private_slapd.hpp"
#include "lab/sample_organisation.hpp"

namespace dirbridge::bench {
namespace {

// One member each: the classes demand one.
const std::vector<std::size_t> group_sizes{1, 1};

template <class Server>
struct Running : BulkServer {
  explicit Running(Server started) : server(std::move(started)) {}
  Server server;
};

// AD asks for upper and lower case, digits and others.
Secret new_password() { return Secret{"Aa1." + random_id("", 20)}; }

void describe(BulkServer& server, const lab::Organisation& organisation) {
  for (const auto& person : organisation.people) server.people.push_back(person.dn);
  server.large_group = organisation.groups.at(0).dn;
  server.small_group = organisation.groups.at(1).dn;
  server.user_base = organisation.people_base();
  server.group_base = organisation.groups_base();
}

result<std::unique_ptr<BulkServer>> start_openldap(const std::string& folder, std::size_t people) {
  const auto organisation = lab::bench_organisation(people, group_sizes);
  const Secret password = new_password();
  lab::SlapdOptions options;
  options.folder = folder;
  options.suffix = organisation.suffix;
  options.access = organisation.access;
  options.seed_ldif = organisation.ldif(password, new_password());
  auto started = lab::PrivateSlapd::start(std::move(options));
  if (!started) return started.error();
  auto server = std::make_unique<Running<lab::PrivateSlapd>>(std::move(*started));
  server->url = server->server.ldap_url();
  server->bind_dn = organisation.agent_dn();
  server->password = password;
  describe(*server, organisation);
  return std::unique_ptr<BulkServer>{std::move(server)};
}

result<std::unique_ptr<BulkServer>> start_ds389(const std::string& folder, std::size_t people) {
  const auto organisation = lab::bench_organisation(people, group_sizes);
  const auto authority = net::make_authority("Bench CA");
  const Secret password = new_password();
  lab::Ds389Options options;
  options.folder = folder;
  options.suffix = organisation.suffix;
  options.admin_password = new_password();
  options.access = lab::ds389_access(organisation);
  options.seed_ldif = organisation.ldif(password, new_password());
  options.tls = net::issue(authority, {"127.0.0.1"});
  options.tls_ca_pem = authority.certificate;
  auto started = lab::PrivateDs389::start(std::move(options));
  if (!started) return started.error();
  auto server = std::make_unique<Running<lab::PrivateDs389>>(std::move(*started));
  server->url = server->server.ldap_url();
  server->bind_dn = organisation.agent_dn();
  server->password = password;
  describe(*server, organisation);
  return std::unique_ptr<BulkServer>{std::move(server)};
}

result<std::unique_ptr<BulkServer>> start_samba(const std::string& folder, std::size_t people) {
  const auto organisation = lab::ad_organisation(people, group_sizes, lab::PrivateSambaAd::suffix());
  const auto authority = net::make_authority("Bench CA");
  const Secret password = new_password();
  lab::SambaAdOptions options;
  options.folder = folder;
  options.admin_password = new_password();
  options.seed_ldif = lab::ad_ldif(organisation, password, new_password());
  options.agent_login = "svc-agent";
  options.groups_base = "OU=groups," + organisation.suffix;
  options.tls = net::issue(authority, {"127.0.0.1", "dc1.ad.example.org"});
  options.tls_ca_pem = authority.certificate;
  auto started = lab::PrivateSambaAd::start(std::move(options));
  if (!started) return started.error();
  auto server = std::make_unique<Running<lab::PrivateSambaAd>>(std::move(*started));
  server->url = server->server.ldaps_url();  // without TLS it takes no simple bind
  server->ca_file = server->server.ca_file();
  server->bind_dn = "svc-agent@ad.example.org";
  server->user_filter = "(&(objectCategory=person)(objectClass=user))";
  server->group_filter = "(objectClass=group)";
  server->password = password;
  describe(*server, organisation);
  return std::unique_ptr<BulkServer>{std::move(server)};
}

}  // namespace

const std::vector<BulkServer::Kind>& BulkServer::kinds() {
  static const std::vector<Kind> all{
      {"openldap", "OpenLDAP", 10'000, 10'000}, {"ds389", "389 DS", 1'000, 100}, {"samba", "Samba AD", 10'000, 10'000}};
  return all;
}

result<std::unique_ptr<BulkServer>> BulkServer::start(const Kind& kind, const std::string& folder, std::size_t people) {
  const std::string_view name = kind.name;
  if (name == "openldap") return start_openldap(folder, people);
  if (name == "ds389") return start_ds389(folder, people);
  return start_samba(folder, people);
}

}  // namespace dirbridge::bench
