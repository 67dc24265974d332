#include "app/settings.hpp"

#include <gtest/gtest.h>

namespace dirbridge::app {
namespace {

Sources file(std::string text) {
  return {.file_name = "hub.toml", .file_text = std::move(text), .environment = {}, .flags = {}};
}

std::string problems_of(const Sources& sources) {
  const auto settings = Settings::load(sources);
  return settings ? "none" : settings.error().detail;
}

FlagValue flag(std::string_view section, std::string_view key, std::string text) {
  const Setting* setting = find_setting(section, key);
  return {.setting = setting, .flag = flag_of(Role::hub, *setting), .value = {std::move(text), {}}};
}

TEST(Settings, EveryDefaultHasItsKindAndIsWithinItsBounds) {
  for (const Setting& setting : schema()) {
    Value value{std::string{setting.fallback}, {}};
    if (setting.fallback.empty()) continue;
    EXPECT_TRUE(check_value(setting, value)) << setting.name();
  }
}

TEST(Settings, NoTwoRowsShareANameAnEnvironmentVariableOrAFlag) {
  std::map<std::string, int> seen;
  for (const Setting& setting : schema()) {
    EXPECT_EQ(seen[setting.name()]++, 0) << setting.name();
    EXPECT_EQ(seen[setting.environment()]++, 0) << setting.name();
    EXPECT_FALSE(section_help(setting.section).empty()) << setting.name();
  }
  for (const Role role : {Role::hub, Role::agent}) {
    std::map<std::string, int> flags;
    for (const Setting& setting : schema()) {
      const auto sections = sections_of(role);
      if (std::find(sections.begin(), sections.end(), setting.section) == sections.end()) continue;
      EXPECT_EQ(flags[flag_of(role, setting)]++, 0) << setting.name();
    }
  }
}

TEST(Settings, FlagsWinOverTheEnvironmentAndThatOverTheFileAndThatOverTheDefault) {
  Sources sources = file("[hub]\nrequest_timeout = \"30s\"\nheartbeat = \"2s\"\nsilence = \"40s\"\n");
  sources.environment = {{"DIRBRIDGE_HUB_REQUEST_TIMEOUT", "40s"}, {"DIRBRIDGE_HUB_HEARTBEAT", "3s"}};
  sources.flags = {flag("hub", "request_timeout", "50s")};
  const auto settings = Settings::load(sources);
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->duration("hub.request_timeout"), 50s);
  EXPECT_EQ(settings->given("hub.request_timeout").where, "--request-timeout");
  EXPECT_EQ(settings->duration("hub.heartbeat"), 3s);
  EXPECT_EQ(settings->given("hub.heartbeat").where, "DIRBRIDGE_HUB_HEARTBEAT");
  EXPECT_EQ(settings->duration("hub.silence"), 40s);
  EXPECT_EQ(settings->given("hub.silence").where, "hub.toml:4");
  EXPECT_EQ(settings->duration("queue.lease"), 12s);
  EXPECT_EQ(settings->given("queue.lease").where, "default");
}

TEST(Settings, AnUnknownKeyIsNamedWithItsLineAndTheNearestKnownOne) {
  EXPECT_EQ(problems_of(file("[hub]\n\nrequest_timeot = \"20s\"\n")),
            "hub.toml:3: unknown key \"hub.request_timeot\"; did you mean \"request_timeout\"?");
  EXPECT_EQ(problems_of(file("[queu]\nlease = \"20s\"\n")),
            "hub.toml:2: unknown section [queu]; did you mean \"queue\"?");
  EXPECT_EQ(problems_of(file("[hub]\nlease = \"20s\"\n")),
            "hub.toml:2: unknown key \"hub.lease\"; it belongs into section [queue]");
  EXPECT_EQ(problems_of(file("loglevel = 3\n")), "hub.toml:1: \"loglevel\" stands outside every section");
}

TEST(Settings, APartOfAKeyIsEnoughToGuessIt) {
  EXPECT_EQ(problems_of(file("[ldap]\npassword_file = \"x\"\n")),
            "hub.toml:2: unknown key \"ldap.password_file\"; did you mean \"bind_password_file\"?");
}

TEST(Settings, AWrongTypeIsNamedWithItsLine) {
  EXPECT_EQ(problems_of(file("[hub]\nplain = \"yes\"\n")), "hub.toml:2: hub.plain must be true or false, not a string");
  EXPECT_EQ(problems_of(file("[hub]\nmax_agents = \"12\"\n")),
            "hub.toml:2: hub.max_agents must be an integer, not a string");
  EXPECT_EQ(problems_of(file("[hub]\nnames = [1, 2]\n")),
            "hub.toml:2: hub.names must be an array of strings, not of another type");
  EXPECT_EQ(problems_of(file("[hub]\nrequest_timeout = 20\n")),
            "hub.toml:2: hub.request_timeout needs a unit: \"20s\" or \"20ms\"");
  EXPECT_EQ(problems_of(file("[hub]\nlisten = \"8080\"\n")),
            "hub.toml:2: hub.listen must be host:port, such as \"127.0.0.1:8080\" or \"[::1]:8080\", not \"8080\"");
  EXPECT_EQ(problems_of(file("[hub]\nmax_agents = 0\n")), "hub.toml:2: hub.max_agents must be at least 1, not \"0\"");
}

TEST(Settings, EveryProblemIsReportedNotOnlyTheFirst) {
  const std::string problems = problems_of(file("[hub]\nplain = 1\ntls = 2\n[nonsense]\nx = 1\n"));
  EXPECT_NE(problems.find("hub.toml:2:"), std::string::npos) << problems;
  EXPECT_NE(problems.find("hub.toml:3:"), std::string::npos) << problems;
  EXPECT_NE(problems.find("[nonsense]"), std::string::npos) << problems;
}

TEST(Settings, ASyntaxMistakeIsNamedWithItsLine) {
  EXPECT_TRUE(problems_of(file("[hub]\nlisten = \n")).starts_with("hub.toml:2: "))
      << problems_of(file("[hub]\nlisten = \n"));
}

TEST(Settings, ASecretInAFileIsRefusedWithTheRemedyAndNeverRepeated) {
  const std::string problems = problems_of(file("[agent]\nenrol_code = \"hunter2\"\n"));
  EXPECT_EQ(problems.find("hunter2"), std::string::npos);
  EXPECT_NE(problems.find("enrol_code_file"), std::string::npos) << problems;
  EXPECT_NE(problems.find("DIRBRIDGE_AGENT_ENROL_CODE"), std::string::npos) << problems;
}

TEST(Settings, APasswordInAFileIsSentToAFileOfItsOwn) {
  EXPECT_EQ(problems_of(file("[ldap]\nbind_password = \"hunter2\"\n")),
            "hub.toml:2: unknown key \"ldap.bind_password\"; a secret stands in a file of its own, which "
            "\"bind_password_file\" names");
}

TEST(Settings, AnUnknownEnvironmentVariableIsAnErrorButServiceLinksAreNot) {
  Sources sources;
  sources.environment = {{"DIRBRIDGE_HUB_REQUEST_TIMEOUTS", "1s"}};
  EXPECT_EQ(
      problems_of(sources),
      "environment variable DIRBRIDGE_HUB_REQUEST_TIMEOUTS: unknown; did you mean \"DIRBRIDGE_HUB_REQUEST_TIMEOUT\"?");
  sources.environment = {{"DIRBRIDGE_HUB", "http://hub"},
                         {"DIRBRIDGE_TOKEN", "x"},
                         {"DIRBRIDGE_HUB_SERVICE_HOST", "10.0.0.1"},
                         {"DIRBRIDGE_HUB_PORT_8080_TCP", "tcp://10.0.0.1:8080"}};
  EXPECT_EQ(problems_of(sources), "none");
}

TEST(Settings, AnUnknownVariableIsComparedWithTheKeysOfItsSection) {
  const auto said = [](const char* name) {
    Sources sources;
    sources.environment = {{name, "1s"}};
    return problems_of(sources);
  };
  EXPECT_EQ(said("DIRBRIDGE_HUB_FOO"), "environment variable DIRBRIDGE_HUB_FOO: section [hub] has no key \"foo\"");
  EXPECT_EQ(said("DIRBRIDGE_HUB_LEASE"),
            "environment variable DIRBRIDGE_HUB_LEASE: unknown; did you mean \"DIRBRIDGE_QUEUE_LEASE\"?");
  EXPECT_EQ(said("DIRBRIDGE_QUEU_LEASE"),
            "environment variable DIRBRIDGE_QUEU_LEASE: unknown; did you mean \"DIRBRIDGE_QUEUE_LEASE\"?");
  EXPECT_EQ(said("DIRBRIDGE_TOKENFILE"),
            "environment variable DIRBRIDGE_TOKENFILE: unknown; did you mean \"DIRBRIDGE_TOKEN_FILE\"?");
  EXPECT_EQ(said("DIRBRIDGE_SOMETHING_ELSE_ALTOGETHER"),
            "environment variable DIRBRIDGE_SOMETHING_ELSE_ALTOGETHER: unknown");
}

TEST(Settings, AnUnknownSectionIsNamedOnce) {
  EXPECT_EQ(problems_of(file("[nonsense]\na = 1\nb = 2\n")), "hub.toml:2: unknown section [nonsense]");
}

TEST(Settings, ListsComeFromArraysAndFromSemicolons) {
  auto settings = Settings::load(file("[hub]\nnames = [\"a\", \"b\"]\n"));
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->list("hub.names"), (std::vector<std::string>{"a", "b"}));
  Sources sources;
  sources.environment = {{"DIRBRIDGE_IMPORT_USER_BASES", "ou=a\\;b,dc=x; ou=c,dc=x"}};
  settings = Settings::load(sources);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->list("import.user_bases"), (std::vector<std::string>{"ou=a\\;b,dc=x", "ou=c,dc=x"}));
}

std::string contradictions(const Sources& sources, Role role) {
  ProblemList problems;
  const Settings settings = Settings::read(sources, problems);
  check_relations(settings, role, problems);
  const auto verdict = problems.verdict();
  return verdict ? "none" : verdict.error().detail;
}

TEST(Settings, TheDefaultsContradictNothing) {
  EXPECT_EQ(contradictions({}, Role::hub), "none");
  EXPECT_EQ(contradictions({}, Role::agent), "none");
}

TEST(Settings, ContradictoryDeadlinesNameBothKeysAndTheirLines) {
  EXPECT_EQ(contradictions(file("[hub]\nrequest_timeout = \"5s\"\n[queue]\nlease = \"6s\"\n"), Role::hub),
            "queue.lease (6s, hub.toml:4) must be shorter than hub.request_timeout (5s, hub.toml:2): an agent's lease "
            "must end "
            "before its caller's wait");
  EXPECT_EQ(contradictions(file("[hub]\nheartbeat = \"5s\"\nsilence = \"10s\"\n"), Role::hub),
            "2 × hub.heartbeat (5s, hub.toml:2) must be shorter than hub.silence (10s, hub.toml:3): one lost heartbeat "
            "must not "
            "make an agent count as gone");
  EXPECT_NE(contradictions(file("[agent]\nsettle = \"400ms\"\n"), Role::agent)
                .find("agent.settle_interval (500ms, default) must be shorter than agent.settle (400ms, hub.toml:2)"),
            std::string::npos);
}

TEST(Settings, ARelationWithTheOtherHalfCountsOnlyWhereBothAreGiven) {
  EXPECT_EQ(contradictions(file("[ldap]\noperation_timeout = \"15s\"\n"), Role::agent), "none");
  EXPECT_NE(contradictions(file("[ldap]\noperation_timeout = \"15s\"\n[queue]\nlease = \"14s\"\n"), Role::agent)
                .find("ldap.operation_timeout (15s, hub.toml:2) must be shorter than queue.lease (14s, hub.toml:4)"),
            std::string::npos);
}

TEST(Settings, UnknownKeysWrongValuesAndContradictionsAreReportedTogetherInTheOrderOfTheFile) {
  Sources sources = file("[queue]\nlease = \"30s\"\nlaese = \"1s\"\n[hub]\nheartbeat = \"5x\"\n");
  sources.environment = {{"DIRBRIDGE_HUB_MAX_AGENTS", "many"}};
  sources.flags = {flag("hub", "request_timeout", "10s")};
  EXPECT_EQ(
      contradictions(sources, Role::hub),
      "hub.toml:3: unknown key \"queue.laese\"; did you mean \"lease\"?\n"
      "hub.toml:5: hub.heartbeat must be a duration such as \"20s\" or \"250ms\" (units: ms s m h d), not \"5x\"\n"
      "DIRBRIDGE_HUB_MAX_AGENTS: hub.max_agents must be a whole number, not \"many\"\n"
      "queue.lease (30s, hub.toml:2) must be shorter than hub.request_timeout (10s, --request-timeout): an agent's "
      "lease must end before its caller's wait");
}

TEST(Settings, AKeyWithAProblemOfItsOwnContradictsNothing) {
  EXPECT_EQ(contradictions(file("[hub]\nrequest_timeout = \"1x\"\n[queue]\nlease = \"30s\"\n"), Role::hub)
                .find("must be shorter"),
            std::string::npos);
}

TEST(Settings, AFileThatCannotBeParsedIsNotGuessedAt) {
  Sources sources = file("[hub]\nlisten = \n");
  sources.flags = {flag("hub", "request_timeout", "1s")};
  EXPECT_EQ(contradictions(sources, Role::hub).find("must be shorter"), std::string::npos);
}

TEST(Settings, AHubThatServesNothingIsAContradiction) {
  EXPECT_NE(contradictions(file("[hub]\nplain = false\ntls = false\n"), Role::hub).find("serve nothing"),
            std::string::npos);
}

TEST(Settings, WhatIsPrintedGivesTheSameSettingsAgainAndNoSecret) {
  Sources sources = file(
      "[agent]\nname = \"a \\\"quoted\\\" \\\\ name\"\nproxy_url = \"http://me:hunter2@proxy:3128\"\n"
      "[import]\nuser_bases = [\"ou=a,dc=x\", \"ou=b,dc=x\"]\n");
  sources.environment = {{"DIRBRIDGE_AGENT_ENROL_CODE", "hunter3"}};
  const auto settings = Settings::load(sources);
  ASSERT_TRUE(settings) << settings.error().detail;
  const std::string printed = settings->print(Role::agent);
  EXPECT_EQ(printed.find("hunter2"), std::string::npos) << printed;
  EXPECT_EQ(printed.find("hunter3"), std::string::npos) << printed;
  EXPECT_NE(printed.find("enrol_code = \"********\""), std::string::npos) << printed;
  const auto again = Settings::load({.file_name = "again.toml", .file_text = printed, .environment = {}, .flags = {}});
  ASSERT_TRUE(again) << again.error().detail;
  for (const Setting& setting : schema()) {
    if (setting.kind == Kind::secret || setting.kind == Kind::url) continue;
    EXPECT_EQ(again->text(setting.name()), settings->text(setting.name())) << setting.name();
    EXPECT_EQ(again->list(setting.name()), settings->list(setting.name())) << setting.name();
  }
}

TEST(SettingValue, DurationsAreReadAndWrittenInTheLargestExactUnit) {
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("20s").value(), 20s);
  EXPECT_EQ(parse_duration("2d").value(), 48h);
  for (const char* wrong : {"", "20", "s", "-1s", "1.5s", "20 s", "99999999999999999999s", "9223372036854775807d"}) {
    EXPECT_FALSE(parse_duration(wrong)) << wrong;
  }
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(120s), "2m");
  EXPECT_EQ(format_duration(1500ms), "1500ms");
  EXPECT_EQ(format_duration(0ms), "0ms");
}

TEST(SettingValue, AddressesNeedAHostAndAPort) {
  EXPECT_EQ(parse_address("[::1]:8080").value().host, "::1");
  EXPECT_EQ(parse_address("0.0.0.0:0").value().port, 0);
  for (const char* wrong : {"", ":80", "host", "host:", "host:70000", "::1:80", "[::1]80", "host:1x", "host:-1"}) {
    EXPECT_FALSE(parse_address(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace dirbridge::app
