// What the SDK tests play on: a private slapd, a hub on plain HTTP and TLS, an agent, and the sample organisation
// imported; beside it the directory of an Active Directory domain whose agent is away, which the ledger was given while
// the hub was down. Prints one line of JSON that says where everything is, and lives until its standard input ends.
#include <future>
#include <iostream>

#include "e2e/world.hpp"
#include "ledger/ledger.hpp"

namespace dirbridge::e2e {
namespace {

const DirectoryId windows{"0oaWindowsWindowsW01"};

ledger::ImportStaged windows_objects(const ImportId& import) {
  ledger::ImportStaged staged{import};
  proto::ImportedGroup group;
  for (int i = 1; i <= 3; ++i) {
    const auto n = std::to_string(i);
    proto::ImportedUser user;
    user.stable_id = "595d9239-8dd3-4e09-a1ed-68d02a9f8b0" + n;
    user.dn = "CN=West " + n + ",OU=people,DC=corp,DC=example,DC=org";
    user.key = "cn=west " + n + ",ou=people,dc=corp,dc=example,dc=org";
    user.login = user.sam_account_name = "west" + n;
    user.email = "west" + n + "@example.org";
    user.first_name = "West";
    user.last_name = n;
    user.display_name = "West " + n;
    user.upn = "west" + n + "@corp.example.org";
    user.object_sid = "S-1-5-21-717047489-1177238915-682003330-110" + n;
    group.member_keys.push_back(user.key);
    staged.users.emplace_back(UserId{"00uWindowsWindowsU0" + n}, std::move(user));
  }
  group.stable_id = "595d9239-8dd3-4e09-a1ed-68d02a9f8b3c";
  group.dn = "CN=West Coast,OU=groups,DC=corp,DC=example,DC=org";
  group.key = "cn=west coast,ou=groups,dc=corp,dc=example,dc=org";
  group.name = "West Coast";
  group.description = "everybody in the west";
  group.attribute = "member";
  group.object_class = "group";
  group.sam_account_name = "WestCoast";
  group.object_sid = "S-1-5-21-717047489-1177238915-682003330-1177";
  group.domain = "CORP";
  group.type = proto::GroupType::security;
  group.scope = proto::GroupScope::global;
  staged.groups.emplace_back(GroupId{"00gWindowsWindowsG01"}, std::move(group));
  return staged;
}

void add_windows(const std::string& data_dir) {
  auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"});
  if (!ledger) throw std::runtime_error(ledger.error().message());
  const ImportId import{"impWindowsWindowsI01"};
  const AgentId agent{"a53WindowsWindowsA01"};
  std::vector<ledger::Record> records;
  const auto add = [&](ledger::Body body) {
    records.push_back({0, windows, system_clock().wall_now(), std::move(body)});
  };
  add(ledger::DirectoryCreated{"corp.example.org", "LDAP"});
  add(ledger::AgentEnrolled{agent, "dc-1.corp.example.org", "no key", ""});
  add(ledger::ImportStarted{import, agent, ""});
  add(windows_objects(import));
  add(ledger::ImportApplied{import, 3, 1, "AD"});
  std::promise<result<std::uint64_t>> done;
  (*ledger)->append(std::move(records), [&](result<std::uint64_t> appended) { done.set_value(std::move(appended)); });
  if (const auto appended = done.get_future().get(); !appended) throw std::runtime_error(appended.error().message());
}

}  // namespace
}  // namespace dirbridge::e2e

int main() {
  using namespace dirbridge::e2e;
  try {
    World world{{.tls = true}};
    World::kill(world.hub());
    add_windows(world.folder() + "/hub");
    world.start_hub();
    world.await_agent();
    const dirbridge::Json place{{"url", world.url()},
                                {"tlsUrl", world.tls_url()},
                                {"caFile", world.folder() + "/hub/ca.pem"},
                                {"operatorTokenFile", world.folder() + "/hub/operator.token"},
                                {"directory", world.directory()},
                                {"windows", windows.str()},
                                {"ldapi", world.slapd().ldapi_url()},
                                {"program", DIRBRIDGE_PROGRAM}};
    std::cout << place.dump() << std::endl;
    while (std::cin.get() != std::char_traits<char>::eof()) {
    }
    return 0;
  } catch (const std::exception& problem) {
    std::cerr << "stage: " << problem.what() << '\n';
    return 1;
  }
}
