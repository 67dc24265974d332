#include "lab/private_slapd.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <thread>

#include "lab/ldap_tools.hpp"
#include "lab/sample_organisation.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::lab {
namespace {

class PrivateSlapdTest : public ::testing::Test {
 protected:
  SlapdOptions options(const Organisation& organisation) const {
    SlapdOptions options;
    options.folder = folder_.path();
    options.admin_password = Secret{"admin secret"};
    options.access = organisation.access;
    options.seed_ldif = organisation.ldif(Secret{"agent secret"}, Secret{"reader secret"});
    options.fsync = false;
    return options;
  }
  tests::TemporaryFolder folder_;
  Organisation organisation_ = sample_organisation();
};

PrivateSlapd started(SlapdOptions options) {
  auto server = PrivateSlapd::start(std::move(options));
  if (!server) throw std::runtime_error(server.error().message());
  return std::move(*server);
}

TEST_F(PrivateSlapdTest, ServesTheSampleOrganisation) {
  const auto server = started(options(organisation_));
  const LdapTools tools{server.ldapi_url()};
  const auto people = tools.search(organisation_.people_base(), "one", "(objectClass=inetOrgPerson)", {"uid"});
  ASSERT_TRUE(people) << people.error().message();
  EXPECT_EQ(people->size(), organisation_.people.size());
  for (const auto& group : organisation_.groups) {
    const auto members = tools.values(group.dn, group.attribute);
    ASSERT_TRUE(members) << members.error().message();
    EXPECT_EQ(members->size(), group.members.size());
    for (const auto& member : group.members)
      EXPECT_TRUE(tools.holds(group.dn, group.attribute, member).value()) << member;
  }
  EXPECT_EQ(tools.values("cn=nobody," + organisation_.groups_base(), "member").error().code, errc::not_found);
}

TEST_F(PrivateSlapdTest, KeepsItsDataOverAKillAndARestartByANewOwner) {
  const std::string group = organisation_.group("engineering").dn;
  const std::string karl = organisation_.person("karl").dn;
  std::uint16_t port = 0;
  {
    auto server = started(options(organisation_));
    port = server.port();
    const LdapTools tools{server.ldapi_url()};
    ASSERT_FALSE(tools.holds(group, "member", karl).value());
    const auto modified = tools.modify("dn: " + group + "\nchangetype: modify\nadd: member\nmember: " + karl + "\n");
    ASSERT_TRUE(modified) << modified.error().message();
    server.kill();
    EXPECT_FALSE(server.is_running());
    ASSERT_TRUE(server.restart());
    EXPECT_EQ(server.port(), port);
    EXPECT_TRUE(tools.holds(group, "member", karl).value());
  }
  const auto begin = std::chrono::steady_clock::now();
  const auto again = started(options(organisation_));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
  EXPECT_TRUE(LdapTools{again.ldapi_url()}.holds(group, "member", karl).value());
}

TEST_F(PrivateSlapdTest, AFrozenServerDoesNotAnswerUntilItIsThawed) {
  auto server = started(options(organisation_));
  const LdapTools impatient{server.ldapi_url(), 200ms};
  server.freeze();
  EXPECT_EQ(impatient.search(organisation_.suffix, "base", "(objectClass=*)").error().code, errc::timed_out);
  server.thaw();
  EXPECT_TRUE(LdapTools{server.ldapi_url()}.search(organisation_.suffix, "base", "(objectClass=*)"));
}

TEST_F(PrivateSlapdTest, DiesWithTheProcessThatStartedIt) {
  const auto config = options(organisation_);
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    auto server = PrivateSlapd::start(config);
    const pid_t pid = server ? server->pid() : 0;
    [[maybe_unused]] const auto written = ::write(ends[1], &pid, sizeof pid);
    ::kill(::getpid(), SIGKILL);
  }
  pid_t slapd = 0;
  ASSERT_EQ(::read(ends[0], &slapd, sizeof slapd), static_cast<ssize_t>(sizeof slapd));
  ASSERT_GT(slapd, 0);
  ::close(ends[0]);
  ::close(ends[1]);
  ASSERT_EQ(::waitpid(owner, nullptr, 0), owner);
  // It is nobody's child now; a zombie that init has not collected yet counts as ended.
  const auto alive = [&] {
    const auto stat =
        run_process({"ps", "-o", "stat=", "-p", std::to_string(slapd)}, "", std::chrono::steady_clock::now() + 5s);
    return stat && !stat->out.empty() && stat->out[0] != 'Z';
  };
  const auto deadline = std::chrono::steady_clock::now() + 5s;
  while (alive() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_FALSE(alive());
}

TEST_F(PrivateSlapdTest, MemberOfIsComputedWhenAskedFor) {
  auto config = options(organisation_);
  config.memberof = true;
  config.index_members = true;
  const auto server = started(config);
  const auto groups = LdapTools{server.ldapi_url()}.values(organisation_.person("alice").dn, "memberOf");
  ASSERT_TRUE(groups) << groups.error().message();
  EXPECT_EQ(*groups,
            (std::vector<std::string>{organisation_.group("engineering").dn, organisation_.group("everyone").dn}));
}

TEST_F(PrivateSlapdTest, BadDataIsRefusedWithSlapdsOwnWords) {
  auto config = options(organisation_);
  config.seed_ldif = "dn: cn=x,dc=elsewhere\nobjectClass: person\ncn: x\nsn: x\n";
  const auto server = PrivateSlapd::start(config);
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().message().find("does not accept the data"), std::string::npos) << server.error().message();
  EXPECT_TRUE(PrivateSlapd::start(options(organisation_)));  // the folder is not spoilt by the failed try
}

TEST_F(PrivateSlapdTest, ATakenPortIsNamed) {
  const auto first = started(options(organisation_));
  tests::TemporaryFolder other;
  auto config = options(organisation_);
  config.folder = other.path();
  config.port = first.port();
  const auto second = PrivateSlapd::start(config);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().message().find("slapd ended at once"), std::string::npos) << second.error().message();
}

}  // namespace
}  // namespace dirbridge::lab
