#include "ldap/client.hpp"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <optional>

#include "base/text.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/private_slapd.hpp"
#include "lab/sample_organisation.hpp"
#include "ldap/filter.hpp"
#include "net/deadline.hpp"
#include "net/tls.hpp"
#include "support/run_to_result.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::ldap {
namespace {

using Fate = ModifyReply::Fate;

TimePoint in(milliseconds time) { return std::chrono::steady_clock::now() + time; }
TimePoint patience() { return in(20s); }

// One slapd for all tests of this file; each test changes groups of its own.
class LdapClientOnSlapd : public ::testing::Test {
 protected:
  struct World {
    tests::TemporaryFolder folder;
    net::Authority authority = net::make_authority("Test CA");
    net::Authority stranger = net::make_authority("Another CA");
    lab::Organisation organisation = lab::bench_organisation(3000, {10, 2000, 1, 5});
    std::optional<lab::PrivateSlapd> slapd;

    World() {
      lab::SlapdOptions options;
      options.folder = folder.path() + "/slapd";
      options.admin_password = Secret{"admin secret"};
      options.access = organisation.access;
      options.seed_ldif = organisation.ldif(Secret{"agent secret"}, Secret{"reader secret"});
      options.tls = net::issue(authority, {"127.0.0.1"});
      options.fsync = false;
      options.size_limit = 500;
      auto started = lab::PrivateSlapd::start(std::move(options));
      if (!started) throw std::runtime_error(started.error().message());
      slapd.emplace(std::move(*started));
      write_file(folder.path() + "/password", "agent secret\n", 0600).value();
      write_file(folder.path() + "/wrong", "agent sekret\n", 0600).value();
      write_file(folder.path() + "/ca.pem", authority.certificate).value();
      write_file(folder.path() + "/stranger.pem", stranger.certificate).value();
    }
  };
  static void SetUpTestSuite() { world_ = new World; }
  static void TearDownTestSuite() { delete world_; }

  ClientSettings settings(const std::string& url) const {
    ClientSettings settings;
    settings.urls = {url};
    settings.bind_dn = world_->organisation.agent_dn();
    settings.bind_password_file = world_->folder.path() + "/password";
    settings.ca_file = world_->folder.path() + "/ca.pem";
    settings.connect_timeout = settings.tls_timeout = settings.bind_timeout = 2s;
    settings.reconnect_base = 5ms;
    settings.reconnect_max = 50ms;
    return settings;
  }
  void connect_to(ClientSettings settings) { client_.emplace(context_.get_executor(), std::move(settings)); }

  template <class T>
  T run(asio::awaitable<T> story) {
    return test::run_to_result(context_, std::move(story));
  }

  ModifyRequest add(const std::string& group, const std::string& uid) const { return change(group, {uid}, {}); }
  ModifyRequest change(const std::string& group, const std::vector<std::string>& to_add,
                       const std::vector<std::string>& to_remove) const {
    ModifyRequest request{Dn::parse(world_->organisation.group(group).dn).value(), "member", {}, {}, {}};
    for (const auto& uid : to_add) request.add.push_back(person(uid));
    for (const auto& uid : to_remove) request.remove.push_back(person(uid));
    return request;
  }
  static Dn person(const std::string& uid) { return Dn::parse(world_->organisation.person(uid).dn).value(); }

  std::unique_ptr<PendingModify> send(ModifyRequest request, TimePoint deadline = patience()) {
    return run(client_->modify(std::move(request), deadline));
  }
  ModifyReply wait(PendingModify& pending, TimePoint deadline = patience()) { return run(pending.wait(deadline)); }
  ModifyReply apply(ModifyRequest request, TimePoint deadline = patience()) {
    const auto pending = send(std::move(request), deadline);
    return wait(*pending, deadline);
  }
  // The directory's own word.
  bool holds(const std::string& group, const std::string& uid) const {
    return lab::LdapTools{world_->slapd->ldapi_url()}
        .holds(world_->organisation.group(group).dn, "member", person(uid).text())
        .value();
  }
  // The change arrives whole over `settings`.
  void expect_service(ClientSettings settings) {
    connect_to(std::move(settings));
    const auto added = apply(add("g1", "u100"));
    ASSERT_EQ(added.fate, Fate::answered) << added.error.message();
    EXPECT_TRUE(added.result.ok()) << added.result.diagnostic;
    EXPECT_TRUE(holds("g1", "u100"));
    EXPECT_EQ(client_->status().state, DirectoryState::connected);
    EXPECT_TRUE(apply(change("g1", {}, {"u100"})).result.ok());
    EXPECT_FALSE(holds("g1", "u100"));
  }
  // Nothing is sent, and status() says `words`.
  void expect_refusal(ClientSettings settings, const std::string& words) {
    connect_to(std::move(settings));
    const auto begin = std::chrono::steady_clock::now();
    const auto reply = apply(add("g1", "u100"));
    EXPECT_EQ(reply.fate, Fate::not_sent);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(client_->status().state, DirectoryState::unhealthy);
    EXPECT_NE(client_->status().detail.find(words), std::string::npos) << client_->status().detail;
    EXPECT_FALSE(holds("g1", "u100"));
  }

  static World* world_;
  asio::io_context context_{1};
  std::optional<Client> client_;
};
LdapClientOnSlapd::World* LdapClientOnSlapd::world_ = nullptr;

TEST_F(LdapClientOnSlapd, Plain) { expect_service(settings(world_->slapd->ldap_url())); }
TEST_F(LdapClientOnSlapd, Ldaps) { expect_service(settings(world_->slapd->ldaps_url())); }
TEST_F(LdapClientOnSlapd, StartTls) {
  auto config = settings(world_->slapd->ldap_url());
  config.starttls = true;
  expect_service(std::move(config));
}
TEST_F(LdapClientOnSlapd, LocalSocketWithSimpleBind) { expect_service(settings(world_->slapd->ldapi_url())); }
TEST_F(LdapClientOnSlapd, LocalSocketWithExternal) {
  auto config = settings(world_->slapd->ldapi_url());
  config.bind_dn.clear();
  config.sasl_external = true;
  expect_service(std::move(config));
}

TEST_F(LdapClientOnSlapd, AnUnknownAuthorityIsNamed) {
  auto config = settings(world_->slapd->ldaps_url());
  config.ca_file = world_->folder.path() + "/stranger.pem";
  expect_refusal(std::move(config), "Test CA");
}
TEST_F(LdapClientOnSlapd, AnUnknownAuthorityIsNamedOverStartTlsToo) {
  auto config = settings(world_->slapd->ldap_url());
  config.starttls = true;
  config.ca_file = world_->folder.path() + "/stranger.pem";
  expect_refusal(std::move(config), "Test CA");
}
TEST_F(LdapClientOnSlapd, AWrongHostNameIsNamed) {
  expect_refusal(settings("ldaps://localhost:" + std::to_string(world_->slapd->tls_port())), "issued for 127.0.0.1");
}
TEST_F(LdapClientOnSlapd, AMissingAuthorityFileIsNamed) {
  auto config = settings(world_->slapd->ldaps_url());
  config.ca_file = world_->folder.path() + "/nowhere.pem";
  expect_refusal(std::move(config), "nowhere.pem");
}
TEST_F(LdapClientOnSlapd, AWrongPasswordIsSaid) {
  auto config = settings(world_->slapd->ldap_url());
  config.bind_password_file = world_->folder.path() + "/wrong";
  expect_refusal(std::move(config),
                 "refused the bind of cn=agent,ou=services,dc=example,dc=org (check the bind DN and the password "
                 "file, and whether the account is locked): invalidCredentials (49)");
}
TEST_F(LdapClientOnSlapd, AnonymousMayNotWrite) {
  auto config = settings(world_->slapd->ldap_url());
  config.bind_dn.clear();
  connect_to(std::move(config));
  const auto reply = apply(add("g1", "u100"));
  EXPECT_EQ(reply.fate, Fate::answered);
  EXPECT_EQ(reply.result.code, 8);
}

TEST_F(LdapClientOnSlapd, RefusalsCarryTheServersCode) {
  connect_to(settings(world_->slapd->ldap_url()));
  EXPECT_EQ(apply(add("g1", "u1")).result.code, 20);
  EXPECT_EQ(apply(change("g1", {}, {"u2999"})).result.code, 16);
  auto nowhere = add("g1", "u1");
  nowhere.target = Dn::parse("cn=nope," + world_->organisation.groups_base()).value();
  EXPECT_EQ(apply(std::move(nowhere)).result.code, 32);
  auto forbidden = add("g1", "u1");
  forbidden.attribute = "description";
  EXPECT_EQ(apply(std::move(forbidden)).result.code, 50);
  EXPECT_EQ(apply(change("g3", {}, {"u1"})).result.code, 65);
  EXPECT_TRUE(apply(change("g3", {"u2"}, {"u1"})).result.ok());  // the last member is exchanged in one modify
  EXPECT_FALSE(apply(change("g1", {"u50", "u1"}, {})).result.ok());
  EXPECT_FALSE(holds("g1", "u50"));  // one refused value refuses all
}

TEST_F(LdapClientOnSlapd, AFrozenServerMeansPendingAndItsAnswerComesAfterTheThaw) {
  connect_to(settings(world_->slapd->ldap_url()));
  ASSERT_TRUE(apply(add("g1", "u200")).result.ok());
  world_->slapd->freeze();
  const auto pending = send(add("g1", "u201"));
  EXPECT_EQ(wait(*pending, in(100ms)).fate, Fate::pending);
  EXPECT_EQ(wait(*pending, in(10ms)).fate, Fate::pending);
  world_->slapd->thaw();
  const auto reply = wait(*pending);
  EXPECT_EQ(reply.fate, Fate::answered);
  EXPECT_TRUE(reply.result.ok());
  EXPECT_TRUE(holds("g1", "u201"));
}

TEST_F(LdapClientOnSlapd, AFrozenServerThatWasNeverReachedMeansNotSent) {
  auto config = settings(world_->slapd->ldap_url());
  config.bind_timeout = 50ms;
  world_->slapd->freeze();
  connect_to(std::move(config));
  const auto reply = apply(add("g1", "u210"), in(400ms));
  world_->slapd->thaw();
  EXPECT_EQ(reply.fate, Fate::not_sent);
  EXPECT_NE(client_->status().detail.find("did not answer the bind within 50 ms"), std::string::npos)
      << client_->status().detail;
  EXPECT_TRUE(apply(add("g1", "u211")).result.ok());
  EXPECT_FALSE(holds("g1", "u210"));
}

TEST_F(LdapClientOnSlapd, AKilledServerMeansLostAndTheNextChangeFindsItsSuccessor) {
  connect_to(settings(world_->slapd->ldap_url()));
  ASSERT_TRUE(apply(add("g1", "u220")).result.ok());
  world_->slapd->freeze();
  const auto pending = send(add("g1", "u221"));
  world_->slapd->kill();
  EXPECT_EQ(wait(*pending).fate, Fate::lost);
  const auto meanwhile = apply(add("g1", "u222"), in(100ms));
  EXPECT_EQ(meanwhile.fate, Fate::not_sent);
  EXPECT_NE(client_->status().detail.find("Connection refused"), std::string::npos) << client_->status().detail;
  ASSERT_TRUE(world_->slapd->restart());
  EXPECT_FALSE(holds("g1", "u221"));  // what a killed server was sent and never read
  EXPECT_TRUE(apply(add("g1", "u222")).result.ok());
  const auto held = run(client_->has_values(add("g1", "u1").target, "member",
                                            {person("u221"), person("u222"), person("u220")}, patience()));
  ASSERT_TRUE(held) << held.error().message();
  EXPECT_EQ(*held, (std::vector<bool>{false, true, true}));
}

TEST_F(LdapClientOnSlapd, AServerThatStopsInOrderIsFoundAgain) {
  connect_to(settings(world_->slapd->ldap_url()));
  ASSERT_TRUE(apply(add("g1", "u230")).result.ok());
  ASSERT_TRUE(world_->slapd->restart());
  // The idle connection ended without a word; the change must not go down with it.
  const auto reply = apply(add("g1", "u231"));
  EXPECT_TRUE(reply.fate == Fate::answered || reply.fate == Fate::lost);
  EXPECT_TRUE(reply.fate == Fate::lost || holds("g1", "u231"));
}

TEST_F(LdapClientOnSlapd, ThousandChangesAtOnceKeepToTheWindowAndAreAllAnswered) {
  connect_to(settings(world_->slapd->ldap_url()));
  std::vector<ModifyRequest> requests;
  for (int i = 0; i < 1000; ++i) requests.push_back(add("g4", "u" + std::to_string(1000 + i)));
  auto story = [](Client& client, std::vector<ModifyRequest> all) -> asio::awaitable<int> {
    std::vector<std::unique_ptr<PendingModify>> pending;
    for (auto& request : all) pending.push_back(co_await client.modify(std::move(request), patience()));
    int fine = 0;
    for (auto& one : pending) {
      const auto reply = co_await one->wait(patience());
      if (reply.fate == Fate::answered && reply.result.ok()) ++fine;
    }
    co_return fine;
  };
  EXPECT_EQ(run(story(*client_, std::move(requests))), 1000);
}

TEST_F(LdapClientOnSlapd, APagedSearchReadsThreeThousandEntriesAboveTheServersSizeLimit) {
  connect_to(settings(world_->slapd->ldap_url()));
  std::vector<std::string> uids;
  EntrySink sink = [&uids](Entry entry) -> asio::awaitable<void> {
    uids.push_back(entry.first("UID"));
    co_return;
  };
  SearchRequest request{.base = world_->organisation.people_base(),
                        .filter = Filter::equality("objectClass", "inetOrgPerson").text(),
                        .attributes = {"uid"},
                        .page_size = 100};
  const auto count = run(client_->search(request, sink, 5s));
  // olcSizeLimit 500 counts the whole of a paged search too: an error, never 500 entries taken for all.
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, make_code(4)) << count.error().message();
  EXPECT_LE(uids.size(), 500u);
  auto admin = settings(world_->slapd->ldapi_url());
  admin.bind_dn = world_->slapd->admin_dn();  // the root DN has no limits
  write_file(world_->folder.path() + "/admin", "admin secret", 0600).value();
  admin.bind_password_file = world_->folder.path() + "/admin";
  connect_to(std::move(admin));
  uids.clear();
  const auto all = run(client_->search(request, sink, 5s));
  ASSERT_TRUE(all) << all.error().message();
  EXPECT_EQ(*all, 3000u);
  std::sort(uids.begin(), uids.end());
  EXPECT_EQ(std::unique(uids.begin(), uids.end()), uids.end());
  EXPECT_EQ(uids.size(), 3000u);
}

TEST_F(LdapClientOnSlapd, AnUnpagedSearchAboveTheSizeLimitIsAnError) {
  connect_to(settings(world_->slapd->ldap_url()));
  EntrySink sink = [](Entry) -> asio::awaitable<void> { co_return; };
  SearchRequest request{.base = world_->organisation.people_base(), .page_size = 0};
  const auto count = run(client_->search(request, sink, 5s));
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, make_code(4));
}

TEST_F(LdapClientOnSlapd, AGroupOfTwoThousandMembersIsReadWholeAndAskedValueByValue) {
  connect_to(settings(world_->slapd->ldaps_url()));
  std::size_t members = 0;
  EntrySink sink = [&members](Entry entry) -> asio::awaitable<void> {
    members = entry.find("member")->values.size();
    co_return;
  };
  SearchRequest request{.base = world_->organisation.group("g2").dn, .scope = Scope::base};
  ASSERT_EQ(run(client_->search(request, sink, 5s)).value(), 1u);
  EXPECT_EQ(members, 2000u);
  std::vector<Dn> asked;
  for (int i = 1901; i <= 2100; ++i) asked.push_back(person("u" + std::to_string(i)));
  const auto held = run(client_->has_values(Dn::parse(request.base).value(), "member", asked, patience()));
  ASSERT_TRUE(held) << held.error().message();
  for (std::size_t i = 0; i < asked.size(); ++i) EXPECT_EQ((*held)[i], i < 100) << asked[i].text();
}

TEST_F(LdapClientOnSlapd, AmongManyNamesTheRenamedAndTheReplacedAreFoundOutAsOneByOne) {
  connect_to(settings(world_->slapd->ldap_url()));
  ASSERT_EQ(run(client_->kind(patience())).value(), ServerKind::openldap);
  std::map<std::string, std::string> ids;
  SearchRequest all{.base = world_->organisation.people_base(),
                    .scope = Scope::one_level,
                    .filter = "(|(uid=u27*)(uid=u28*)(uid=u29*))",  // fewer than the server's limit
                    .attributes = {"entryUUID"}};
  EntrySink keep = [&ids](Entry entry) -> asio::awaitable<void> {
    ids[entry.dn] = entry.first("entryUUID");
    co_return;
  };
  const auto read = run(client_->search(std::move(all), keep, 5s));
  ASSERT_TRUE(read) << read.error().message();
  std::vector<Dn> names;
  for (int i = 2'700; i < 3'000; ++i) {
    names.push_back(person("u" + std::to_string(i)));
    names.back().identify(ids.at(names.back().text()));
  }
  names[7] = Dn::parse("UID=U2707, " + world_->organisation.people_base()).value();
  names[7].identify(ids.at(person("u2707").text()));

  const auto renamed = person("u2750").text();
  const auto replaced = person("u2760").text();
  const lab::LdapTools tools{world_->slapd->ldapi_url()};
  ASSERT_TRUE(tools.modify("dn: " + renamed + "\nchangetype: modrdn\nnewrdn: uid=renamed\ndeleteoldrdn: 1\n\ndn: " +
                           replaced + "\nchangetype: delete\n\ndn: " + replaced +
                           "\nobjectClass: inetOrgPerson\nuid: u2760\ncn: another\nsn: another\n"));
  auto asked = names;
  const auto together = run(client_->are_here(std::move(asked), patience()));
  ASSERT_TRUE(together) << together.error().message();
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ((*together)[i], i != 50 && i != 60) << names[i].text();
    if (i % 10 != 0) continue;
    const auto alone = run(client_->are_here({names[i]}, patience()));
    ASSERT_TRUE(alone);
    EXPECT_EQ(alone->front(), (*together)[i]) << names[i].text();
  }
  ASSERT_TRUE(tools.modify("dn: uid=renamed," + world_->organisation.people_base() +
                           "\nchangetype: modrdn\nnewrdn: uid=u2750\ndeleteoldrdn: 1\n"));
}

TEST_F(LdapClientOnSlapd, ReadsOfAMissingEntryAreNoSuchObject) {
  connect_to(settings(world_->slapd->ldap_url()));
  const auto held =
      run(client_->has_values(Dn::parse("cn=nope,dc=example,dc=org").value(), "member", {person("u1")}, patience()));
  EXPECT_EQ(held.error().code, condition::not_found);
}

TEST_F(LdapClientOnSlapd, AReadOfAFrozenServerEndsAtItsDeadline) {
  connect_to(settings(world_->slapd->ldap_url()));
  ASSERT_TRUE(run(client_->has_values(add("g1", "u1").target, "member", {person("u1")}, patience())));
  world_->slapd->freeze();
  const auto held = run(client_->has_values(add("g1", "u1").target, "member", {person("u1")}, in(100ms)));
  world_->slapd->thaw();
  EXPECT_EQ(held.error().code, errc::timed_out);
}

// What slapd takes for one name must be one for us, and the other way round: asked of slapd itself with 20/16.
TEST_F(LdapClientOnSlapd, SpellingsOfANameAreTheSameToSlapdAndToDn) {
  connect_to(settings(world_->slapd->ldap_url()));
  const std::string base = ",ou=people,dc=example,dc=org";
  const std::vector<std::pair<std::string, std::string>> pairs{
      {"uid=zz" + base, "UID = ZZ , OU = People , DC=Example,dc=ORG"},
      {"cn=Smith\\, John" + base, "cn=Smith\\2C\\20John" + base},
      {"cn=Smith\\, John" + base, "cn=\"Smith, John\"" + base},
      {"cn=two  blanks" + base, "cn=two blanks" + base},
      {"cn=edge" + base, "cn=\\ edge\\ " + base},
      {"cn=M\xC3\xBCller" + base, "cn=MU\xCC\x88LLER" + base},
      {"cn=M\xC3\xBCller" + base, "cn=M\\C3\\BCller" + base},
      {"cn=M\xC3\xBCller" + base, "cn=Muller" + base},
      {"cn=a+uid=b" + base, "uid=b+cn=a" + base},
      {"cn=a+uid=b" + base, "cn=a\\+uid=b" + base},
      {"2.5.4.3=oid" + base, "commonName=OID" + base},
      {"cn=Stra\xC3\x9F"
       "e" +
           base,
       "cn=Strasse" + base},
      {"cn=\\#hash" + base, "cn=\\23hash" + base},
      {"cn=a\\\\b" + base, "cn=a\\5Cb" + base},
      {"cn=\xCE\xA3\xCE\xA3" + base, "cn=\xCF\x83\xCF\x83" + base},
      {"cn=\xCE\xA3\xCE\xA3" + base, "cn=\xCF\x83\xCF\x82" + base},
      {"cn=\xE2\x84\xAB" + base, "cn=\xC3\x85" + base},
      {"cn=x=y" + base, "cn=x\\=y" + base},
  };
  for (const auto& [left, right] : pairs) {
    const Dn one = Dn::parse(left).value();
    const Dn other = Dn::parse(right).value();
    ModifyRequest request = change("g1", {}, {});
    request.add = {one};
    ASSERT_TRUE(apply(request).result.ok()) << left;
    // The raw spelling, as a client of its own would send it.
    const auto same = lab::LdapTools{world_->slapd->ldapi_url()}.holds(request.target.text(), "member", right);
    ASSERT_TRUE(same) << same.error().message();
    EXPECT_EQ(*same, one == other) << left << " | " << right << " | " << one.canonical() << " | " << other.canonical();
    request.remove = std::exchange(request.add, {});
    EXPECT_TRUE(apply(request).result.ok()) << left;
  }
}

}  // namespace
}  // namespace dirbridge::ldap
