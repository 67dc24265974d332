// What an import reads of each server: everybody, by the ids that the server's own tools show.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <map>
#include <regex>

#include "agent/importer.hpp"
#include "agent/whereabouts.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"
#include "ldap/filter.hpp"
#include "support/run_until.hpp"

namespace dirbridge::directories {
namespace {

class Import : public OnEachServer {
 protected:
  // Imports everything; false if it was not complete.
  bool import(agent::ImportSettings settings) {
    const bool is_ad = GetParam() == Server::samba;
    if (settings.users.bases.empty())
      settings.users = {{server().people_base()},
                        is_ad ? "(&(objectClass=user)(sAMAccountName=*))" : "(objectClass=person)"};
    settings.groups = {{server().groups_base()}, "(|(objectClass=group)(objectClass=groupOfNames))"};
    settings.page_size = 50;
    client_ = std::make_shared<ldap::Client>(context_.get_executor(), server().agent_settings());
    agent::Importer* self = nullptr;
    agent::Importer importer{context_.get_executor(), client_, std::move(settings),
                             [&](const proto::AgentFrame& frame) {
                               if (const auto* batch = std::get_if<proto::ImportBatch>(&frame)) {
                                 for (const auto& user : batch->users) users_[user.dn] = user;
                                 for (const auto& group : batch->groups) groups_[group.dn] = group;
                                 self->acknowledged({batch->import, batch->sequence});
                               }
                               if (const auto* begin = std::get_if<proto::ImportBegin>(&frame)) kind_ = begin->kind;
                               ended_ |= std::holds_alternative<proto::ImportEnd>(frame);
                               if (const auto* failed = std::get_if<proto::ImportFailed>(&frame)) why_ = failed->reason;
                               return true;
                             }};
    self = &importer;
    importer.request({ImportId{"imp1"}, RequestId{"r1"}});
    test::run_until(
        context_, [&] { return ended_ || !why_.empty(); }, std::chrono::seconds{180});
    return ended_;
  }

  boost::asio::io_context context_{1};
  std::shared_ptr<ldap::Client> client_;
  std::map<std::string, proto::ImportedUser> users_;
  std::map<std::string, proto::ImportedGroup> groups_;
  proto::DirectoryKind kind_{};
  bool ended_ = false;
  std::string why_;
};
DIRBRIDGE_ON_EACH_SERVER(Import);

TEST_P(Import, HasEverybodyByTheServersOwnIds) {
  ASSERT_TRUE(import({})) << why_;
  for (const int number : {1, 42, 200}) {
    const auto found = users_.find(server().person(number));
    ASSERT_NE(found, users_.end()) << server().person(number);
    EXPECT_EQ(found->second.stable_id, server().stable_id(server().person(number)));
    EXPECT_EQ(found->second.login, "u" + std::to_string(number));
  }
  const auto& wanted = server().organisation().groups.at(6);
  const auto found = groups_.find(wanted.dn);
  ASSERT_NE(found, groups_.end()) << wanted.dn;
  EXPECT_EQ(found->second.stable_id, server().stable_id(wanted.dn));
  EXPECT_EQ(found->second.member_keys.size(), wanted.members.size());
  EXPECT_EQ(found->second.attribute, "member");
  EXPECT_EQ(kind_, GetParam() == Server::samba ? proto::DirectoryKind::active_directory : proto::DirectoryKind::ldap);
}

TEST_P(Import, WhoStandsInForALastMemberIsNoUserAndNoMember) {
  const auto group = server().make_group("stood-in", {server().person(180), server().person(181)});
  agent::ImportSettings settings;
  settings.stand_in = ldap::Dn::parse(server().person(180)).value();
  ASSERT_TRUE(import(settings)) << why_;
  EXPECT_FALSE(users_.contains(server().person(180)));
  EXPECT_TRUE(users_.contains(server().person(181)));
  const auto name = ldap::Dn::parse(group).value();
  for (const auto& [dn, imported] : groups_)
    if (ldap::Dn::parse(dn).value() == name) {
      EXPECT_EQ(imported.member_keys.size(), 1u);
    }
}

class ForeignMembers : public Import {
 protected:
  std::string key_of(const std::string& dn) { return ldap::Dn::parse(dn).value().canonical(); }
  // Of two people and two principals.
  std::string make_mixed_group() {
    static int number = 0;
    foreign_ = server().make_foreign();
    return server().make_group("mixed-" + std::to_string(++number),
                               {server().person(1), foreign_, server().person(2), server().make_foreign("S-1-5-11")});
  }
  std::string foreign_;
};
INSTANTIATE_TEST_SUITE_P(On, ForeignMembers, ::testing::Values(Server::samba), test_name);

TEST_P(ForeignMembers, AreMembersOnceEachAndNoUsers) {
  const auto name = ldap::Dn::parse(make_mixed_group()).value();
  ASSERT_TRUE(import({})) << why_;
  std::vector<std::string> keys;
  for (const auto& [dn, group] : groups_)
    if (ldap::Dn::parse(dn).value() == name) keys = group.member_keys;
  std::vector<std::string> wanted{key_of(server().person(1)), key_of(server().person(2)), key_of(foreign_),
                                  key_of(server().make_foreign("S-1-5-11"))};
  std::ranges::sort(keys);
  std::ranges::sort(wanted);
  EXPECT_EQ(keys, wanted);
  for (const auto& [dn, user] : users_) EXPECT_NE(user.key, key_of(foreign_));
}

// Who wants to change them names them in the filter: they are then users like others, called by their SIDs.
TEST_P(ForeignMembers, AreUsersWhereTheFilterNamesThem) {
  make_mixed_group();
  agent::ImportSettings settings;
  settings.users = {{server().suffix()}, "(|(objectClass=foreignSecurityPrincipal)(sAMAccountName=u*))"};
  ASSERT_TRUE(import(settings)) << why_;
  const auto found = std::ranges::find_if(users_, [&](const auto& one) { return one.second.key == key_of(foreign_); });
  ASSERT_NE(found, users_.end());
  EXPECT_EQ(found->second.stable_id, server().stable_id(foreign_));
  EXPECT_TRUE(found->second.login.starts_with("S-1-5-21-")) << found->second.login;
}

TEST_P(ForeignMembers, AreTakenForWhatTheyAre) {
  agent::LookRequest request;
  request.group = ldap::Dn::parse(make_mixed_group()).value();
  for (const auto& dn : {foreign_, server().person(1)}) request.values.push_back(ldap::Dn::parse(dn).value());
  request.find_values = request.other_memberships = request.find_foreign = true;
  request.deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  client_ = std::make_shared<ldap::Client>(context_.get_executor(), server().agent_settings());
  std::optional<result<agent::Sight>> seen;
  ldap::asio::co_spawn(
      context_,
      [&]() -> ldap::asio::awaitable<void> {
        auto executor = context_.get_executor();
        seen = co_await agent::look(executor, client_, {}, request);
      },
      ldap::asio::detached);
  ASSERT_TRUE(test::run_until(context_, [&] { return seen.has_value(); }));
  ASSERT_TRUE(*seen) << seen->error().message();
  EXPECT_TRUE((*seen)->values.at(0).is_foreign);
  EXPECT_FALSE((*seen)->values.at(1).is_foreign);
}

class ActiveDirectoryImport : public Import {};
INSTANTIATE_TEST_SUITE_P(On, ActiveDirectoryImport, ::testing::Values(Server::samba), test_name);

// The server's own tool shows SID and type in its own way; what the agent decodes must be the same.
TEST_P(ActiveDirectoryImport, HasWhatTheDomainSays) {
  ASSERT_TRUE(import({})) << why_;
  EXPECT_EQ(kind_, proto::DirectoryKind::active_directory);
  const auto shown = [&](const std::string& dn, const std::string& attribute) {
    const auto values = server().admin().values(dn, attribute);
    return values && !values->empty() ? values->front() : std::string{};
  };
  const auto& user = users_.at(server().person(42));
  EXPECT_EQ(user.sam_account_name, "u42");
  EXPECT_EQ(user.upn, "") << "the sample people have none";
  const auto& group = groups_.at(server().organisation().groups.at(6).dn);
  EXPECT_EQ(group.sam_account_name, "g7");
  EXPECT_EQ(group.domain, "EXAMPLE") << "as the forest says; its first DC would be AD";
  EXPECT_EQ(group.type, proto::GroupType::security);
  EXPECT_EQ(group.scope, proto::GroupScope::global);
  EXPECT_EQ(shown(group.dn, "groupType"), "-2147483646");
  // One domain, other relative ids.
  const std::regex of_domain{R"((S-1-5-21(-\d+){3})-(\d+))"};
  std::smatch of_user, of_group;
  ASSERT_TRUE(std::regex_match(user.object_sid, of_user, of_domain)) << user.object_sid;
  ASSERT_TRUE(std::regex_match(group.object_sid, of_group, of_domain)) << group.object_sid;
  EXPECT_EQ(of_user.str(1), of_group.str(1));
  EXPECT_NE(of_user.str(3), of_group.str(3));
  // The directory finds the entry by the text of its SID, so it is the same SID.
  const auto found = server().admin().search(server().suffix(), "sub", "(objectSid=" + group.object_sid + ")");
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().dn, group.dn);
}

// Active Directory cuts long values into ranges; Samba does so only when asked, and the agent must put them together.
class RangedReads : public Import {};
INSTANTIATE_TEST_SUITE_P(On, RangedReads, ::testing::Values(Server::samba), test_name);

TEST_P(RangedReads, AreReadToTheLastValue) {
  std::vector<std::string> members;
  for (int i = 1; i <= 120; ++i) members.push_back(server().person(i));
  const auto group = server().make_group("ranged", members);
  client_ = std::make_shared<ldap::Client>(context_.get_executor(), server().agent_settings());
  std::optional<ldap::Entry> read;
  bool done = false;
  ldap::EntrySink sink = [&read](ldap::Entry entry) -> ldap::asio::awaitable<void> {
    read = std::move(entry);
    co_return;
  };
  ldap::SearchRequest request{group, ldap::Scope::base, "(objectClass=*)", {"member;range=0-49"}, 0};
  ldap::asio::co_spawn(
      context_,
      [](ldap::Client& client, ldap::SearchRequest wanted, ldap::EntrySink to,
         bool& over) -> ldap::asio::awaitable<void> {
        const auto count = co_await client.search(std::move(wanted), std::move(to), milliseconds{10'000});
        EXPECT_TRUE(count) << (count ? "" : count.error().message());
        over = true;
      }(*client_, std::move(request), sink, done),
      ldap::asio::detached);
  ASSERT_TRUE(test::run_until(context_, [&] { return done; }));
  ASSERT_TRUE(read);
  ASSERT_NE(read->find("member"), nullptr);
  EXPECT_EQ(read->find("member")->values.size(), 120u);
}

}  // namespace
}  // namespace dirbridge::directories
