// A real supplier and its read-only consumer, two 389 instances with a replication agreement, and what the agent makes
// of them: where changes go, what a refusal says, the way back to the preferred server, and the time that copies need.
#include <optional>

#include "agent/job_runner.hpp"
#include "base/text.hpp"
#include "integration/directories/directories_fixture.hpp"
#include "lab/directory_seeds.hpp"
#include "lab/ds389_replication.hpp"
#include "ldap/client.hpp"
#include "support/run_to_result.hpp"
#include "support/run_until.hpp"

namespace dirbridge::directories {
namespace {

namespace asio = boost::asio;
using Fate = ldap::ModifyReply::Fate;
TimePoint patience() { return std::chrono::steady_clock::now() + 60s; }

// Made once for all tests of this file.
struct Pair {
  tests::TemporaryFolder folder;
  lab::Organisation organisation = lab::bench_organisation(20, {2});
  std::optional<lab::PrivateDs389> supplier;
  std::optional<lab::PrivateDs389> consumer;

  explicit Pair(const ServerUnderTest& first) {
    write_file(password_file(), "agent secret", 0600).value();
    supplier.emplace(start(first, "s", true));
    consumer.emplace(start(first, "c", false));
    lab::replicate(*supplier, *consumer).value();
  }
  lab::PrivateDs389 start(const ServerUnderTest& first, const std::string& name, bool seeded) const {
    lab::Ds389Options options;
    options.folder = folder.path() + "/" + name;
    options.admin_password = ServerUnderTest::admin_password();
    options.from_template = first.ds389_template();
    options.usual_plugins = false;
    if (seeded) {
      options.seed_ldif = organisation.ldif(Secret{"agent secret"}, Secret{"reader secret"});
      options.access = lab::ds389_access(organisation);
    }
    return lab::PrivateDs389::start(std::move(options)).value();
  }
  std::string password_file() const { return folder.path() + "/password"; }
};

class Replica : public OnEachServer {
 protected:
  void SetUp() override {
    OnEachServer::SetUp();
    if (HasFatalFailure() || IsSkipped()) return;
    if (!pair_) pair_ = std::make_unique<Pair>(server());
  }
  static void TearDownTestSuite() { pair_.reset(); }
  const lab::PrivateDs389& supplier() { return *pair_->supplier; }
  const lab::PrivateDs389& consumer() { return *pair_->consumer; }

  ldap::ClientSettings settings(std::vector<std::string> urls) const {
    ldap::ClientSettings settings;
    settings.urls = std::move(urls);
    settings.bind_dn = pair_->organisation.agent_dn();
    settings.bind_password_file = pair_->password_file();
    settings.connect_timeout = settings.bind_timeout = 2s;
    settings.reconnect_base = 5ms;
    settings.reconnect_max = 50ms;
    settings.choice.return_after = 200ms;
    settings.choice.replica_lag = 100ms;
    return settings;
  }
  void connect_to(ldap::ClientSettings settings) {
    client_.reset();
    client_ = std::make_shared<ldap::Client>(context_.get_executor(), std::move(settings));
  }
  template <class T>
  T run(asio::awaitable<T> story) {
    return test::run_to_result(context_, std::move(story));
  }
  ldap::Dn group() const { return ldap::Dn::parse(pair_->organisation.group("g1").dn).value(); }
  std::vector<ldap::Dn> person(const std::string& uid) const {
    return {ldap::Dn::parse(pair_->organisation.person(uid).dn).value()};
  }
  ldap::ModifyReply add(const std::string& uid) {
    ldap::ModifyRequest request{group(), "member", person(uid), {}, "request"};
    const auto pending = run(client_->modify(std::move(request), patience()));
    return run(pending->wait(patience()));
  }
  result<std::vector<bool>> read(const std::string& uid) {
    return run(client_->has_values(group(), "member", person(uid), patience()));
  }
  static bool holds(const lab::PrivateDs389& one, const Pair& pair, const std::string& uid) {
    const lab::LdapTools tools{{one.ldap_url(), lab::PrivateDs389::admin_dn(), one.admin_password_file(), {}}};
    const auto held = tools.holds(pair.organisation.group("g1").dn, "member", pair.organisation.person(uid).dn);
    return held && *held;
  }
  bool holds(const lab::PrivateDs389& one, const std::string& uid) const { return holds(one, *pair_, uid); }
  // Each look is a process of its own, or a question to a server: there is no need to slow it down.
  template <class Condition>
  void await(Condition condition) {
    for (const auto end = patience(); !condition();)
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "did not come true";
  }
  // 389 refers to the name that it was installed with.
  std::string supplier_port() { return ":" + std::to_string(supplier().port()); }

  static std::unique_ptr<Pair> pair_;
  asio::io_context context_{1};
  std::shared_ptr<ldap::Client> client_;
};
std::unique_ptr<Pair> Replica::pair_;

TEST_P(Replica, WithNothingButTheConsumerTheReferralIsTheAnswerAndIsNotChased) {
  connect_to(settings({consumer().ldap_url()}));
  const auto refused = add("u8");
  EXPECT_EQ(refused.fate, Fate::answered);
  EXPECT_EQ(refused.result.code, 10);
  ASSERT_FALSE(refused.result.referrals.empty());
  EXPECT_NE(refused.result.referrals.front().find(supplier_port()), std::string::npos)
      << refused.result.referrals.front();
  EXPECT_FALSE(holds(supplier(), "u8"));
}

TEST_P(Replica, TheRefusalOfAJobNamesTheSupplier) {
  connect_to(settings({consumer().ldap_url()}));
  std::optional<proto::Report> report;
  agent::JobRunner runner{context_.get_executor(), client_, {}, system_clock(), [&](proto::Report one) {
                            if (one.final) report = std::move(one);
                          }};
  proto::DeliveredJob job;
  job.job = JobId{"job"};
  job.lease = {1, 1};
  job.lease_time = milliseconds{300'000};
  job.remaining = milliseconds{120'000};
  job.change = proto::MembershipChange{{"00g", pair_->organisation.group("g1").dn, {}},
                                       proto::Action::add,
                                       "member",
                                       {{"00u", pair_->organisation.person("u9").dn, {}}}};
  const auto now = system_clock().now();
  runner.accept({agent::make_job(std::move(job), now, now, milliseconds{100})});
  ASSERT_TRUE(test::run_until(
      context_, [&] { return report.has_value(); }, 120s));
  const auto& finding = report->outcome.of(0);
  EXPECT_EQ(finding.verdict, proto::Verdict::retryable);
  EXPECT_NE(finding.advice.find(supplier_port()), std::string::npos) << finding.advice;
  EXPECT_NE(client_->status().detail.find(supplier_port()), std::string::npos) << client_->status().detail;
  EXPECT_FALSE(holds(supplier(), "u9"));
}

TEST_P(Replica, AWriteThatTheConsumerRefusesGoesToTheSupplierAndTheNextReadsComeBackToTheConsumer) {
  connect_to(settings({consumer().ldap_url(), supplier().ldap_url()}));
  const auto refused = add("u10");
  EXPECT_EQ(refused.fate, Fate::not_sent);
  EXPECT_NE(refused.error.message().find(supplier().ldap_url()), std::string::npos) << refused.error.message();
  const auto applied = add("u10");
  EXPECT_TRUE(applied.fate == Fate::answered && applied.result.ok()) << applied.result.diagnostic;
  EXPECT_EQ(applied.server, supplier().ldap_url());
  EXPECT_NE(client_->status().detail.find("takes no changes"), std::string::npos) << client_->status().detail;
  EXPECT_TRUE(holds(supplier(), "u10"));
  await([&] { return holds(consumer(), "u10"); });
  await([&] { return read("u10") && client_->status().server == consumer().ldap_url(); });
  EXPECT_TRUE(client_->status().detail.empty()) << client_->status().detail;
}

TEST_P(Replica, TheConsumerServesReadsWhileTheSupplierIsDeadAndNotBeforeCopiesHadTheirTime) {
  auto wanted = settings({supplier().ldap_url(), consumer().ldap_url()});
  wanted.choice.replica_lag = 1'500ms;
  connect_to(std::move(wanted));
  ASSERT_TRUE(add("u11").result.ok());
  const auto written = std::chrono::steady_clock::now();
  await([&] { return holds(consumer(), "u11"); });
  pair_->supplier->kill();
  const auto held = read("u11");
  ASSERT_TRUE(held) << held.error().message();
  EXPECT_EQ(*held, std::vector<bool>{true});
  EXPECT_GE(std::chrono::steady_clock::now() - written, 1'400ms) << "a copy was believed before it had its time";
  EXPECT_EQ(client_->status().server, consumer().ldap_url());
  EXPECT_NE(client_->status().detail.find(supplier().ldap_url() + " is away"), std::string::npos)
      << client_->status().detail;
  EXPECT_FALSE(add("u12").result.ok()) << "a consumer takes no changes";

  pair_->supplier->restart().value();
  await([&] { return read("u11") && client_->status().server == supplier().ldap_url(); });
  EXPECT_TRUE(client_->status().detail.empty()) << client_->status().detail;
  const auto applied = add("u12");
  EXPECT_TRUE(applied.result.ok()) << applied.result.diagnostic << applied.error.message();
  EXPECT_TRUE(holds(supplier(), "u12"));
  await([&] { return holds(consumer(), "u12"); });
}

INSTANTIATE_TEST_SUITE_P(On, Replica, ::testing::Values(Server::ds389), test_name);

}  // namespace
}  // namespace dirbridge::directories
