#include "lab/sample_organisation.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/crypto.hpp"
#include "lab/slapd_config.hpp"

namespace dirbridge::lab {
namespace {

struct Name {
  const char* uid;
  const char* given;
  const char* surname;
  const char* team;
};

// uid, given name, surname, team. The last ones have names that break naive LDAP code.
constexpr std::array names{
    Name{"alice", "Alice", "Archer", "engineering"}, Name{"bob", "Bob", "Baker", "engineering"},
    Name{"carol", "Carol", "Carter", "engineering"}, Name{"dave", "Dave", "Dyer", "engineering"},
    Name{"erin", "Erin", "Easton", "engineering"},   Name{"frank", "Frank", "Fletcher", "engineering"},
    Name{"grace", "Grace", "Glover", "engineering"}, Name{"heidi", "Heidi", "Hayward", "engineering"},
    Name{"ivan", "Ivan", "Ironside", "engineering"}, Name{"judy", "Judy", "Joyner", "engineering"},
    Name{"karl", "Karl", "Keeler", "engineering"},   Name{"laura", "Laura", "Lander", "sales"},
    Name{"mallory", "Mallory", "Mercer", "sales"},   Name{"niaj", "Niaj", "Naylor", "sales"},
    Name{"olivia", "Olivia", "Osler", "sales"},      Name{"peggy", "Peggy", "Porter", "sales"},
    Name{"quentin", "Quentin", "Quarrier", "sales"}, Name{"rupert", "Rupert", "Reeve", "sales"},
    Name{"sybil", "Sybil", "Sawyer", "support"},     Name{"trent", "Trent", "Tanner", "support"},
    Name{"ursula", "Ursula", "Usher", "support"},    Name{"victor", "Victor", "Vintner", "support"},
    Name{"walter", "Walter", "Weaver", "support"},   Name{"xenia", "Xenia", "Xavier", "support"},
    Name{"yves", "Yves", "Yeoman", "support"},       Name{"zoe", "Zoe", "Zeller", "support"},
    Name{"amir", "Amir", "Ashman", "finance"},       Name{"bianca", "Bianca", "Brewer", "finance"},
    Name{"chen", "Chen", "Chandler", "finance"},     Name{"dora", "Dora", "Draper", "finance"},
    Name{"emil", "Emil", "Elder", "finance"},        Name{"fatima", "Fatima", "Falconer", "finance"},
};
// These are named by cn, with the awkward part in the RDN itself.
constexpr std::array awkward{
    Name{"jsmith", "John", "Smith, John", "engineering"},
    Name{"jmueller", "J\xC3\xBCrgen", "M\xC3\xBCller", "sales"},
    Name{"cplus", "Bjarne", "C++ Guild", "engineering"},
    Name{"sobrien",
         "Sin\xC3\xA9"
         "ad",
         "O'Brien", "support"},
    Name{"thebaker", "Theo", "\"The\" Baker", "sales"},
    Name{"hashtag", "Hana", "#1 Support", "support"},
    Name{"yamada", "\xE5\xA4\xAA\xE9\x83\x8E", "\xE5\xB1\xB1\xE7\x94\xB0", "engineering"},
    Name{"bslash", "Bella", "Back\\slash", "finance"},
};

Group group_of(const Organisation& organisation, std::string cn, std::string attribute) {
  return {"cn=" + cn + "," + organisation.groups_base(), std::move(cn), std::move(attribute), {}};
}

std::vector<std::string> least_privilege(const Organisation& organisation) {
  const std::string agent = "dn.exact=\"" + organisation.agent_dn() + "\"";
  return {"to dn.subtree=\"" + organisation.groups_base() + "\" attrs=member,uniqueMember by " + agent +
          " write by * break"};
}

}  // namespace

std::string escape_rdn_value(std::string_view value) {
  std::string out;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool edge = (i == 0 && (value[i] == ' ' || value[i] == '#')) || (i + 1 == value.size() && value[i] == ' ');
    if (edge || std::string_view{"\"+,;<>\\"}.find(value[i]) != std::string_view::npos) out += '\\';
    out += value[i];
  }
  return out;
}

std::string ldif_line(std::string_view name, std::string_view value) {
  const bool safe = !value.starts_with(' ') && !value.starts_with(':') && !value.starts_with('<') &&
                    !value.ends_with(' ') && std::all_of(value.begin(), value.end(), [](char c) {
                      const auto byte = static_cast<unsigned char>(c);
                      return byte >= 0x20 && byte < 0x7f;
                    });
  return std::string{name} + (safe ? ": " + std::string{value} : ":: " + to_base64(value)) + "\n";
}

const Person& Organisation::person(std::string_view uid) const {
  const auto found = std::find_if(people.begin(), people.end(), [&](const Person& p) { return p.uid == uid; });
  if (found == people.end()) throw std::out_of_range("no person " + std::string{uid});
  return *found;
}

const Group& Organisation::group(std::string_view cn) const {
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.cn == cn; });
  if (found == groups.end()) throw std::out_of_range("no group " + std::string{cn});
  return *found;
}

std::string Organisation::ldif(const Secret& agent_password, const Secret& reader_password) const {
  const auto first_value = suffix.substr(3, suffix.find(',') - 3);  // dc=<value>,…
  std::string out = "dn: " + suffix + "\nobjectClass: dcObject\nobjectClass: organization\no: Example Organisation\n" +
                    ldif_line("dc", first_value) + "\n";
  for (const std::string unit : {"people", "groups", "services"})
    out += "dn: ou=" + unit + "," + suffix + "\nobjectClass: organizationalUnit\nou: " + unit + "\n\n";
  for (const auto& [cn, password] : {std::pair{"agent", agent_password}, std::pair{"reader", reader_password}})
    out += "dn: cn=" + std::string{cn} + ",ou=services," + suffix +
           "\nobjectClass: applicationProcess\nobjectClass: simpleSecurityObject\ncn: " + cn +
           "\nuserPassword: " + hash_password(password.reveal()) + "\n\n";
  for (const auto& person : people) {
    const auto blank = person.cn.find(' ');
    out += ldif_line("dn", person.dn) + "objectClass: inetOrgPerson\n" + ldif_line("uid", person.uid) +
           ldif_line("cn", person.cn) +
           ldif_line("sn", blank == std::string::npos ? person.cn : person.cn.substr(blank + 1)) +
           ldif_line("givenName", person.cn.substr(0, blank)) + ldif_line("mail", person.uid + "@example.org") + "\n";
  }
  for (const auto& group : groups) {
    out += ldif_line("dn", group.dn) +
           (group.attribute == "member" ? "objectClass: groupOfNames\n" : "objectClass: groupOfUniqueNames\n") +
           ldif_line("cn", group.cn);
    for (const auto& member : group.members) out += ldif_line(group.attribute, member);
    out += "\n";
  }
  return out;
}

Organisation sample_organisation(const std::string& suffix) {
  Organisation organisation;
  organisation.suffix = suffix;
  organisation.access = least_privilege(organisation);
  Group engineering = group_of(organisation, "engineering", "member");
  Group sales = group_of(organisation, "sales", "member");
  Group support = group_of(organisation, "support", "member");
  Group everyone = group_of(organisation, "everyone", "member");
  Group vpn = group_of(organisation, "vpn-users", "uniqueMember");
  Group wiki = group_of(organisation, "wiki-editors", "uniqueMember");
  const auto join = [&](const Name& name, const std::string& dn) {
    for (auto* group : {&engineering, &sales, &support})
      if (group->cn == name.team) group->members.push_back(dn);
    everyone.members.push_back(dn);
    // Every third of them, so that there is somebody to add.
    if (everyone.members.size() % 3 == 0) vpn.members.push_back(dn);
    if (everyone.members.size() % 7 == 0) wiki.members.push_back(dn);
  };
  for (const auto& name : names) {
    const std::string dn = "uid=" + std::string{name.uid} + "," + organisation.people_base();
    organisation.people.push_back({dn, name.uid, std::string{name.given} + " " + name.surname});
    // The last of each team is left out of its group: the tour adds them.
    const bool left_out = std::string_view{"karl rupert zoe"}.find(name.uid) != std::string_view::npos;
    join(left_out ? Name{name.uid, name.given, name.surname, ""} : name, dn);
  }
  for (const auto& name : awkward) {
    const std::string dn = "cn=" + escape_rdn_value(name.surname) + "," + organisation.people_base();
    organisation.people.push_back({dn, name.uid, name.surname});
    join(name, dn);
  }
  organisation.groups = {engineering, sales, support, everyone, vpn, wiki};
  return organisation;
}

Organisation bench_organisation(std::size_t people, const std::vector<std::size_t>& group_sizes,
                                const std::string& suffix) {
  Organisation organisation;
  organisation.suffix = suffix;
  organisation.access = least_privilege(organisation);
  for (std::size_t i = 1; i <= people; ++i) {
    const std::string number = std::to_string(i);
    organisation.people.push_back(
        {"uid=u" + number + "," + organisation.people_base(), "u" + number, "User " + number});
  }
  for (std::size_t i = 0; i < group_sizes.size(); ++i) {
    Group group = group_of(organisation, "g" + std::to_string(i + 1), "member");
    for (std::size_t j = 0; j < group_sizes[i]; ++j) group.members.push_back(organisation.people.at(j).dn);
    organisation.groups.push_back(std::move(group));
  }
  return organisation;
}

}  // namespace dirbridge::lab
