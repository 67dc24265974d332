// The doctor's scratch group: what is tried in it, and that it is left as it was found.
#include <functional>

#include "lab/ldap_gate.hpp"
#include "ldap/server_url.hpp"
#include "planted_slapd.hpp"

namespace dirbridge::doctor {
namespace {

// Rights that allow one half of a change: it could not be undone.
TEST_F(OnOpenLdap, TheScratchGroupIsNotChangedByWhoCouldNotUndoIt) {
  start();
  const auto group = organisation_.groups[0].dn;
  const lab::LdapTools directory{server_->ldapi_url()};
  const auto before = directory.values(group, "member").value();
  const auto stamp = directory.values(group, "entryCSN").value();
  const std::string members = "to dn.subtree=\"" + organisation_.groups_base() + "\" attrs=member";
  for (const auto& rule : {members + agent() + "=arscxd by * break", members + agent() + "=zrscxd by * break",
                           members + " val.regex=\"^uid=.*\"" + agent() + "=arscxd by * break"}) {
    set_access_with(rule);
    const auto seen = test::examine_now(settings_, group);
    set("olcAccess", {"{0}to * by * read"});
    EXPECT_EQ(directory.values(group, "member").value(), before) << rule;
    EXPECT_EQ(directory.values(group, "entryCSN").value(), stamp) << rule << "\n" << test::text_of(seen);
    EXPECT_TRUE(test::has_evidence(seen, Check::modify_speed, "could not be undone") ||
                test::has_evidence(seen, Check::last_member, "could not be undone"))
        << rule << "\n"
        << test::text_of(seen);
  }
}

TEST_F(OnOpenLdap, TheServersClockIsSeenInTheScratchGroupOnly) {
  start();
  const auto without = test::examine_now(settings_);
  EXPECT_EQ(test::severity_of(without, Check::clock), Severity::info) << test::text_of(without);
  const auto with = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_EQ(test::severity_of(with, Check::clock), Severity::ok) << test::text_of(with);
  EXPECT_TRUE(test::has_evidence(with, Check::clock, "the server's clock is ")) << test::text_of(with);
}

TEST_F(OnOpenLdap, TheScratchGroupIsAsFoundEvenIfTheServerDiesBetweenAChangeAndItsUndo) {
  start();
  settings_.users.filter = "(uid=u9)";  // not a member of g1
  const auto group = organisation_.groups[0].dn;
  const auto user = organisation_.person("u9").dn;
  const lab::LdapTools directory{server_->ldapi_url()};
  auto gate = lab::LdapGate::open(ldap::ServerUrl::parse(server_->ldap_url())->port);
  ASSERT_TRUE(gate) << gate.error().message();
  settings_.directory.urls = {(*gate)->url()};
  const auto before = directory.values(group, "member").value();
  bool died = false;
  // The modify that would take the user out again finds no server, and the next connection one that is new.
  std::function<void()> watch = [&] {
    if (!directory.holds(group, "member", user).value()) return (*gate)->arm(watch);
    died = true;
    server_->kill();
    server_->restart().value();
  };
  (*gate)->arm(watch);
  const auto seen = test::examine_now(settings_, group);
  EXPECT_TRUE(died);
  EXPECT_EQ(test::severity_of(seen, Check::modify_speed), Severity::problem) << test::text_of(seen);
  EXPECT_EQ(directory.values(group, "member").value(), before) << test::text_of(seen);
}

TEST_F(OnOpenLdap, AnExaminationThatIsToEndEarlyGivesTheScratchGroupBackAndChangesNothingMore) {
  start();
  settings_.users.filter = "(uid=u9)";  // not a member of g1
  const auto group = organisation_.groups[0].dn;
  const lab::LdapTools directory{server_->ldapi_url()};
  const auto before = directory.values(group, "member").value();
  auto gate = lab::LdapGate::open(ldap::ServerUrl::parse(server_->ldap_url())->port);
  ASSERT_TRUE(gate) << gate.error().message();
  settings_.directory.urls = {(*gate)->url()};
  Scratch scratch;
  std::string restore;
  std::function<void()> watch = [&] {
    if (!directory.holds(group, "member", organisation_.person("u9").dn).value()) return (*gate)->arm(watch);
    EXPECT_TRUE(scratch.is_touched);
    restore = scratch.restore;
    scratch.ends_early = true;
  };
  (*gate)->arm(watch);
  const auto seen = test::examine_now(settings_, group, &scratch);
  EXPECT_TRUE(scratch.ends_early);
  EXPECT_FALSE(scratch.is_touched);
  EXPECT_EQ(directory.values(group, "member").value(), before);
  EXPECT_EQ(test::severity_of(seen, Check::modify_speed), Severity::ok) << "it was measured to the end";
  // What a person would be told undoes it.
  change("dn: " + group + "\nchangetype: modify\nadd: member\nmember: " + organisation_.person("u9").dn + "\n");
  ASSERT_NE(directory.values(group, "member").value(), before);
  change(restore);
  EXPECT_EQ(directory.values(group, "member").value(), before) << restore;
}

TEST_F(OnOpenLdap, AScratchGroupThatIsNoneIsNamedWithItsRemedy) {
  start();
  for (const auto& no_group : {std::string{"g1"}, organisation_.person("u9").dn, "cn=none," + organisation_.suffix}) {
    const auto seen = test::examine_now(settings_, no_group);
    EXPECT_EQ(worst_of(seen.findings), Severity::problem) << test::text_of(seen);
    for (const auto& finding : seen.findings)
      EXPECT_TRUE(finding.severity < Severity::warning || !finding.remedy.empty()) << test::text_of(seen);
  }
}

TEST_F(OnOpenLdap, TheScratchGroupIsLeftAsFoundAndTheOthersAreUntouched) {
  start();
  settings_.users.filter = "(uid=u9)";  // the user who is put in and taken out: not a member of g1
  const lab::LdapTools directory{server_->ldapi_url()};
  const auto snapshot = [&] {
    std::vector<std::vector<std::string>> all;
    for (const auto& group : organisation_.groups) {
      all.push_back(directory.values(group.dn, "member").value());
      if (group.cn != "g1") all.push_back(directory.values(group.dn, "entryCSN").value());
    }
    return all;
  };
  const auto before = snapshot();
  const auto touched = directory.values(organisation_.groups[0].dn, "entryCSN").value();
  const auto seen = test::examine_now(settings_, organisation_.groups[0].dn);
  EXPECT_EQ(snapshot(), before) << test::text_of(seen);
  EXPECT_NE(directory.values(organisation_.groups[0].dn, "entryCSN").value(), touched) << "the speed was not measured";
}

}  // namespace
}  // namespace dirbridge::doctor
