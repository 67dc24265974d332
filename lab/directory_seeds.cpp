#include "lab/directory_seeds.hpp"

#include "base/crypto.hpp"

namespace dirbridge::lab {
namespace {

// What unicodePwd takes: the password in quotes, in UTF-16LE. ASCII only.
std::string unicode_password(const Secret& password) {
  std::string out;
  for (const char c : "\"" + password.reveal() + "\"") out += {c, '\0'};
  return out;
}

}  // namespace

std::vector<std::string> ds389_access(const Organisation& organisation) {
  const auto aci = [](const std::string& dn, const std::string& rule) {
    return "dn: " + dn + "\nchangetype: modify\nadd: aci\naci: " + rule + "\n";
  };
  return {aci(organisation.suffix,
              "(targetattr!=\"userPassword || aci\")(version 3.0; acl \"services read\"; allow (read,search,compare) "
              "userdn=\"ldap:///cn=*,ou=services," +
                  organisation.suffix + "\";)"),
          aci(organisation.groups_base(),
              "(targetattr=\"member || uniqueMember\")(version 3.0; acl \"agent writes members\"; allow (write) "
              "userdn=\"ldap:///" +
                  organisation.agent_dn() + "\";)")};
}

Organisation ad_organisation(std::size_t people, const std::vector<std::size_t>& group_sizes,
                             const std::string& suffix) {
  Organisation organisation;
  organisation.suffix = suffix;
  for (std::size_t i = 1; i <= people; ++i) {
    const std::string number = std::to_string(i);
    organisation.people.push_back({"CN=User " + number + ",OU=people," + suffix, "u" + number, "User " + number});
  }
  for (std::size_t i = 0; i < group_sizes.size(); ++i) {
    const std::string cn = "g" + std::to_string(i + 1);
    Group group{"CN=" + cn + ",OU=groups," + suffix, cn, "member", {}};
    for (std::size_t j = 0; j < group_sizes[i]; ++j) group.members.push_back(organisation.people.at(j).dn);
    organisation.groups.push_back(std::move(group));
  }
  return organisation;
}

std::string ad_ldif(const Organisation& organisation, const Secret& agent_password, const Secret& reader_password) {
  std::string out;
  for (const std::string unit : {"people", "groups", "services"})
    out += "dn: OU=" + unit + "," + organisation.suffix + "\nobjectClass: organizationalUnit\n\n";
  for (const auto& [login, password] :
       {std::pair{std::string{"svc-agent"}, agent_password}, std::pair{std::string{"svc-reader"}, reader_password}})
    out += "dn: CN=" + login + ",OU=services," + organisation.suffix + "\nobjectClass: user\nsAMAccountName: " + login +
           "\nuserPrincipalName: " + login +
           "@ad.example.org\nuserAccountControl: 66048\n"  // a normal account whose password does not expire
           + ldif_line("unicodePwd", unicode_password(password)) + "\n";
  for (const auto& person : organisation.people)
    out += ldif_line("dn", person.dn) + "objectClass: user\n" + ldif_line("sAMAccountName", person.uid) + "\n";
  for (const auto& group : organisation.groups) {
    out += ldif_line("dn", group.dn) + "objectClass: group\n" + ldif_line("sAMAccountName", group.cn);
    for (const auto& member : group.members) out += ldif_line(group.attribute, member);
    out += "\n";
  }
  return out;
}

}  // namespace dirbridge::lab
