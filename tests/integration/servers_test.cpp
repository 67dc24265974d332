// Two slapds of one directory, a provider and its read-only copy, and what a client makes of their comings and goings.
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <optional>

#include "base/text.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/private_slapd.hpp"
#include "lab/sample_organisation.hpp"
#include "ldap/client.hpp"
#include "net/deadline.hpp"
#include "support/run_to_result.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::ldap {
namespace {

using Fate = ModifyReply::Fate;
TimePoint patience() { return std::chrono::steady_clock::now() + 20s; }

class TwoServers : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(password_file(), "agent secret\n", 0600).value();
    provider_.emplace(start("provider", {}));
    copy_.emplace(start("copy", provider_->ldap_url()));
    // In step when the copy has the group that changes.
    await([&] { return holds(*copy_, "u1"); });
  }
  lab::PrivateSlapd start(const std::string& name, const std::string& copy_of) {
    lab::SlapdOptions options;
    options.folder = folder_.path() + "/" + name;
    options.admin_password = Secret{"admin secret"};
    options.access = organisation_.access;
    options.fsync = false;
    options.log_operations = true;
    options.provider = copy_of.empty();
    options.copy_of = copy_of;
    if (copy_of.empty()) options.seed_ldif = organisation_.ldif(Secret{"agent secret"}, Secret{"reader secret"});
    auto started = lab::PrivateSlapd::start(std::move(options));
    if (!started) throw std::runtime_error(started.error().message());
    return std::move(*started);
  }
  std::string password_file() const { return folder_.path() + "/password"; }
  void connect_to(std::vector<std::string> urls, milliseconds operation_timeout = 8s) {
    ClientSettings settings;
    settings.urls = std::move(urls);
    settings.bind_dn = organisation_.agent_dn();
    settings.bind_password_file = password_file();
    settings.connect_timeout = settings.bind_timeout = 2s;
    settings.operation_timeout = operation_timeout;
    settings.reconnect_base = 5ms;
    settings.reconnect_max = 50ms;
    settings.choice.return_after = 200ms;
    settings.choice.replica_lag = 100ms;
    client_.emplace(context_.get_executor(), std::move(settings));
  }
  template <class T>
  T run(asio::awaitable<T> story) {
    return test::run_to_result(context_, std::move(story));
  }
  ModifyReply add(const std::string& uid, const std::string& correlation = "request") {
    ModifyRequest request{Dn::parse(organisation_.group("g1").dn).value(), "member", {}, {}, correlation};
    request.add.push_back(Dn::parse(organisation_.person(uid).dn).value());
    const auto pending = run(client_->modify(std::move(request), patience()));
    return run(pending->wait(patience()));
  }
  bool holds(const lab::PrivateSlapd& server, const std::string& uid) const {
    const auto held =
        lab::LdapTools{server.ldapi_url()}.holds(organisation_.group("g1").dn, "member", organisation_.person(uid).dn);
    return held && *held;
  }
  // Each look is a process of its own: there is no need to slow it down.
  template <class Condition>
  void await(Condition condition) {
    for (const auto end = patience(); !condition();)
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "did not come true";
  }

  tests::TemporaryFolder folder_;
  lab::Organisation organisation_ = lab::bench_organisation(20, {2});
  asio::io_context context_{1};
  std::optional<lab::PrivateSlapd> provider_;
  std::optional<lab::PrivateSlapd> copy_;
  std::optional<Client> client_;
};

TEST_F(TwoServers, TheDirectorysOwnLogNamesTheRequest) {
  connect_to({provider_->ldap_url()});
  ASSERT_TRUE(run(client_->kind(patience())));
  ASSERT_EQ(add("u7", "reqKB4711-a").fate, Fate::answered);
  await([&] {
    const auto log = read_file(provider_->folder() + "/slapd.log").value();
    return log.find("reqKB4711-a") != std::string::npos;
  });
}

TEST_F(TwoServers, AWriteThatTheCopyRefusesNamesThePrimaryAndGoesThere) {
  connect_to({copy_->ldap_url(), provider_->ldap_url()});
  const auto refused = add("u8");
  EXPECT_EQ(refused.fate, Fate::not_sent);
  EXPECT_NE(refused.error.message().find(provider_->ldap_url()), std::string::npos) << refused.error.message();
  const auto applied = add("u8");
  EXPECT_EQ(applied.fate, Fate::answered);
  EXPECT_TRUE(applied.result.ok()) << applied.result.diagnostic;
  EXPECT_EQ(applied.server, provider_->ldap_url());
  EXPECT_TRUE(holds(*provider_, "u8"));
  EXPECT_NE(client_->status().detail.find("takes no changes"), std::string::npos) << client_->status().detail;
}

TEST_F(TwoServers, WithNothingButACopyTheReferralIsTheAnswerAndIsNotChased) {
  connect_to({copy_->ldap_url()});
  const auto refused = add("u9");
  EXPECT_EQ(refused.fate, Fate::answered);
  EXPECT_EQ(refused.result.code, 10);
  ASSERT_FALSE(refused.result.referrals.empty());
  EXPECT_NE(refused.result.referrals.front().find(provider_->ldap_url()), std::string::npos);
  EXPECT_FALSE(holds(*provider_, "u9"));
  const auto status = client_->status();
  EXPECT_EQ(status.state, DirectoryState::connected);
  EXPECT_NE(status.detail.find("takes no changes (it refers to " + provider_->ldap_url()), std::string::npos)
      << status.detail;
}

TEST_F(TwoServers, TheCopyServesReadsWhileTheProviderIsDeadAndTheProviderTakesOverWhenItIsBack) {
  connect_to({provider_->ldap_url(), copy_->ldap_url()});
  ASSERT_TRUE(add("u10").result.ok());
  await([&] { return holds(*copy_, "u10"); });
  provider_->kill();
  const auto target = Dn::parse(organisation_.group("g1").dn).value();
  const auto values = std::vector{Dn::parse(organisation_.person("u10").dn).value()};
  const auto read = run(client_->has_values(target, "member", values, patience()));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, std::vector<bool>{true});
  EXPECT_EQ(client_->status().server, copy_->ldap_url());
  EXPECT_NE(client_->status().detail.find(provider_->ldap_url() + " is away"), std::string::npos)
      << client_->status().detail;
  EXPECT_FALSE(add("u11").result.ok()) << "a copy takes no changes";

  ASSERT_TRUE(provider_->restart());
  await([&] {
    const auto again = run(client_->has_values(target, "member", values, patience()));
    return again && client_->status().server == provider_->ldap_url();
  });
  EXPECT_TRUE(client_->status().detail.empty()) << client_->status().detail;
  const auto applied = add("u11");
  EXPECT_TRUE(applied.result.ok()) << applied.result.diagnostic << applied.error.message();
  EXPECT_TRUE(holds(*provider_, "u11"));
}

TEST_F(TwoServers, AFrozenServerIsLeftForTheCopyAndWhatItWasSentIsStillItsOwn) {
  connect_to({provider_->ldap_url(), copy_->ldap_url()}, 300ms);
  ASSERT_TRUE(add("u12").result.ok());
  await([&] { return holds(*copy_, "u12"); });
  const auto target = Dn::parse(organisation_.group("g1").dn).value();
  const auto values = std::vector{Dn::parse(organisation_.person("u12").dn).value()};
  ASSERT_TRUE(run(client_->has_values(target, "member", values, patience())));
  provider_->freeze();
  ModifyRequest request{Dn::parse(organisation_.group("g1").dn).value(), "member", {}, {}, "request"};
  request.add.push_back(Dn::parse(organisation_.person("u13").dn).value());
  const auto pending = run(client_->modify(std::move(request), patience()));
  await([&] { return run(client_->has_values(target, "member", values, patience())).has_value(); });
  EXPECT_EQ(client_->status().server, copy_->ldap_url());
  EXPECT_NE(client_->status().detail.find("has answered nothing"), std::string::npos) << client_->status().detail;
  provider_->thaw();
  const auto reply = run(pending->wait(patience()));
  EXPECT_EQ(reply.fate, Fate::answered);
  EXPECT_EQ(reply.server, provider_->ldap_url());
  EXPECT_TRUE(holds(*provider_, "u13"));
}

}  // namespace
}  // namespace dirbridge::ldap
