#include "lab/ds389_replication.hpp"

#include <thread>

#include "base/text.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/sample_organisation.hpp"

namespace dirbridge::lab {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto first_copy_timeout = 60s;
constexpr auto manager = "cn=replication manager,cn=config";
constexpr auto manager_password = "Replica-Passw0rd.1";

enum class Role { supplier, consumer };

LdapTools tools_of(const PrivateDs389& server) {
  return LdapTools{LdapLogin{server.ldap_url(), PrivateDs389::admin_dn(), server.admin_password_file(), {}}};
}

std::string replica_dn(const PrivateDs389& server) {
  return "cn=replica,cn=\"" + server.suffix() + "\",cn=mapping tree,cn=config";
}

std::string replica_ldif(const PrivateDs389& server, Role role) {
  const bool writes = role == Role::supplier;
  // 65535 is the id of all that take no writes; flag 1 keeps a changelog.
  return "dn: " + std::string{manager} +
         "\nobjectClass: person\ncn: replication manager\nsn: manager\nuserPassword: " + manager_password + "\n\n" +
         ldif_line("dn", replica_dn(server)) +
         "objectClass: nsds5replica\ncn: replica\nnsDS5ReplicaRoot: " + server.suffix() +
         "\nnsDS5ReplicaType: " + (writes ? "3" : "2") + "\nnsDS5Flags: " + (writes ? "1" : "0") +
         "\nnsDS5ReplicaId: " + (writes ? "1" : "65535") + "\nnsDS5ReplicaBindDN: " + manager + "\n";
}

std::string agreement_dn(const PrivateDs389& supplier) { return "cn=to-copy," + replica_dn(supplier); }

std::string agreement_ldif(const PrivateDs389& supplier, const PrivateDs389& consumer) {
  return ldif_line("dn", agreement_dn(supplier)) +
         "objectClass: nsds5replicationagreement\ncn: to-copy\nnsDS5ReplicaHost: 127.0.0.1\nnsDS5ReplicaPort: " +
         std::to_string(consumer.port()) + "\nnsDS5ReplicaBindDN: " + manager +
         "\nnsDS5ReplicaCredentials: " + manager_password +
         "\nnsDS5ReplicaBindMethod: SIMPLE\nnsDS5ReplicaTransportInfo: LDAP\nnsDS5ReplicaRoot: " + supplier.suffix() +
         "\nnsDS5BeginReplicaRefresh: start\n";
}

}  // namespace

result<void> replicate(const PrivateDs389& supplier, const PrivateDs389& consumer) {
  const auto from = tools_of(supplier);
  if (auto made = from.modify(replica_ldif(supplier, Role::supplier)); !made) return made;
  if (auto made = tools_of(consumer).modify(replica_ldif(consumer, Role::consumer)); !made) return made;
  if (auto agreed = from.modify(agreement_ldif(supplier, consumer)); !agreed) return agreed;
  const auto deadline = SteadyClock::now() + first_copy_timeout;
  for (;;) {
    const auto begun = from.values(agreement_dn(supplier), "nsds5replicaLastInitStatus");
    const auto next = from.values(agreement_dn(supplier), "nsds5replicaLastUpdateStatus");
    const auto says = [](const auto& values, std::string_view words) {
      return values && !values->empty() && values->front().find(words) != std::string::npos;
    };
    if (says(begun, "succeeded") && says(next, "Incremental update succeeded")) return {};
    if (SteadyClock::now() > deadline)
      return Error{errc::timed_out, "the consumer has not become a copy: " +
                                        (begun && !begun->empty() ? begun->front() : std::string{"no word of it"})};
    std::this_thread::sleep_for(20ms);
  }
}

}  // namespace dirbridge::lab
