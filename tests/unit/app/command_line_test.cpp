#include <gtest/gtest.h>

#include "app/invocation.hpp"

namespace dirbridge::app {
namespace {

Invocation parsed(const std::vector<std::string>& arguments,
                  const std::map<std::string, std::string>& environment = {}) {
  auto result = parse_command_line(arguments, environment);
  if (const auto* answered = std::get_if<Answered>(&result)) {
    ADD_FAILURE() << answered->text;
    return {};
  }
  return std::get<Invocation>(result);
}

Answered answered(const std::vector<std::string>& arguments) {
  auto result = parse_command_line(arguments, {});
  if (const auto* answer = std::get_if<Answered>(&result)) return *answer;
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(CommandLine, EveryCommandIsUnderstood) {
  EXPECT_EQ(parsed({"hub"}).command, Command::hub);
  EXPECT_EQ(parsed({"agent"}).command, Command::agent);
  EXPECT_EQ(parsed({"demo", "--check"}).command, Command::demo);
  EXPECT_TRUE(parsed({"demo", "--check"}).check);
  EXPECT_EQ(parsed({"directory", "create", "Corp"}).name, "Corp");
  EXPECT_EQ(parsed({"directory", "list"}).command, Command::directory_list);
  EXPECT_EQ(parsed({"token", "create", "ci", "--scope", "okta.groups.read", "--scope", "okta.users.read"}).scopes,
            (std::vector<std::string>{"okta.groups.read", "okta.users.read"}));
  EXPECT_EQ(parsed({"token", "revoke", "00Tx"}).command, Command::token_revoke);
  EXPECT_TRUE(parsed({"app", "create", "ci", "--scope", "okta.groups.read", "--dpop"}).dpop);
  const auto doctor = parsed({"doctor", "--okta-conf", "o.conf", "--ldap-bind-password-file", "/p"});
  ASSERT_EQ(doctor.settings.size(), 1u);
  EXPECT_EQ(doctor.settings[0].flag, "--ldap-bind-password-file");
  EXPECT_EQ(doctor.settings[0].value.text, "/p");
  EXPECT_EQ(parsed({"app", "rotate-key", "0oaA", "--key", "ec", "--keep-old"}).key_type, "ec");
  EXPECT_EQ(parsed({"groups", "--directory", "Corp"}).directory, "Corp");
  EXPECT_EQ(parsed({"group", "members", "Staff"}).command, Command::group_members);
  EXPECT_EQ(parsed({"group", "add", "Staff", "ada", "grace"}).users, (std::vector<std::string>{"ada", "grace"}));
  EXPECT_EQ(parsed({"group", "remove", "Staff", "ada"}).command, Command::group_remove);
  EXPECT_FALSE(parsed({"group", "remove", "Staff", "ada"}).dry_run);
  EXPECT_TRUE(parsed({"group", "remove", "Staff", "ada", "--dry-run"}).dry_run);
  EXPECT_TRUE(parsed({"group", "add", "--dry-run", "Staff", "ada"}).dry_run);
  EXPECT_EQ(parsed({"users"}).command, Command::users);
  EXPECT_TRUE(parsed({"jobs", "--open"}).open_only);
  EXPECT_EQ(parsed({"job", "ADSx"}).name, "ADSx");
  EXPECT_EQ(parsed({"import"}).directory, "");
  EXPECT_EQ(parsed({"import", "Corp"}).directory, "Corp");
  EXPECT_EQ(parsed({"agents"}).command, Command::agents);
  EXPECT_EQ(parsed({"ledger", "verify", "/x"}).name, "/x");
  EXPECT_EQ(parsed({"version"}).command, Command::version);
  EXPECT_EQ(parsed({"--version"}).command, Command::version);
}

TEST(CommandLine, EnrolCodeIsACommandOfItsOwnInsideAgent) {
  const Invocation invocation = parsed({"agent", "enrol-code", "Corp"});
  EXPECT_EQ(invocation.command, Command::agent_enrol_code);
  EXPECT_EQ(invocation.directory, "Corp");
}

TEST(CommandLine, GlobalOptionsMayStandBeforeOrAfterTheCommand) {
  EXPECT_EQ(parsed({"--hub", "http://h:1", "jobs"}).client.hub, "http://h:1");
  EXPECT_EQ(parsed({"jobs", "--hub", "http://h:1"}).client.hub, "http://h:1");
  EXPECT_EQ(parsed({"group", "add", "Staff", "ada", "--json"}).client.json, true);
  EXPECT_FALSE(parsed({"jobs", "--no-color"}).client.color);
  EXPECT_TRUE(parsed({"jobs"}).client.color);
}

TEST(CommandLine, AnOptionWinsOverItsEnvironmentVariable) {
  EXPECT_EQ(parsed({"jobs"}, {{"DIRBRIDGE_HUB", "http://env:1"}}).client.hub, "http://env:1");
  EXPECT_EQ(parsed({"jobs", "--hub", "http://flag:1"}, {{"DIRBRIDGE_HUB", "http://env:1"}}).client.hub,
            "http://flag:1");
  EXPECT_EQ(parsed({"jobs"}).client.hub, "http://127.0.0.1:8080");
}

TEST(CommandLine, EverySettingIsAFlagOfItsCommand) {
  const Invocation hub =
      parsed({"hub", "--request-timeout", "3s", "--queue-lease", "2s", "--names", "a", "--names", "b"});
  const auto settings = Settings::load({.file_name = {}, .file_text = {}, .environment = {}, .flags = hub.settings});
  ASSERT_TRUE(settings) << settings.error().detail;
  EXPECT_EQ(settings->duration("hub.request_timeout"), 3s);
  EXPECT_EQ(settings->duration("queue.lease"), 2s);
  EXPECT_EQ(settings->list("hub.names"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(parsed({"agent", "--allow-plain", "true"}).settings.front().setting->name(), "agent.allow_plain");
}

TEST(CommandLine, ASecretAsAnArgumentIsRefusedWithTheRemedyAndNotRepeated) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"jobs", "--token", "hunter2"}, std::vector<std::string>{"jobs", "--token=hunter2"},
        std::vector<std::string>{"agent", "--enrol-code", "hunter2"},
        std::vector<std::string>{"agent", "--proxy-password=hunter2"}}) {
    const Answered answer = answered(arguments);
    EXPECT_EQ(answer.exit_code, exit_usage);
    EXPECT_EQ(answer.text.find("hunter2"), std::string::npos) << answer.text;
    EXPECT_NE(answer.text.find("-file"), std::string::npos) << answer.text;
  }
}

TEST(CommandLine, MistakesExitWithUsageAndNameTheHelp) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{}, std::vector<std::string>{"grups"},
        std::vector<std::string>{"group", "add", "Staff"}, std::vector<std::string>{"token", "create", "x"},
        std::vector<std::string>{"hub", "--no-such-flag", "1"}}) {
    const Answered answer = answered(arguments);
    EXPECT_EQ(answer.exit_code, exit_usage);
    EXPECT_NE(answer.text.find("--help"), std::string::npos) << answer.text;
  }
}

TEST(CommandLine, ALimitIsAtLeastOne) {
  EXPECT_EQ(parsed({"jobs", "--limit", "1"}).limit, 1u);
  for (const char* wrong : {"0", "-1", "1.5", "many", "", "99999999999999999999"}) {
    for (const char* command : {"jobs", "users", "groups"}) {
      const Answered answer = answered({command, "--limit", wrong});
      EXPECT_EQ(answer.exit_code, exit_usage) << wrong;
      EXPECT_NE(answer.text.find("--limit"), std::string::npos) << answer.text;
      EXPECT_NE(answer.text.find("must be a number from 1 to 1000000"), std::string::npos) << answer.text;
    }
  }
}

TEST(CommandLine, AnEmptyNameIsRefusedAndNotTakenForAny) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"group", "add", "Staff", ""}, std::vector<std::string>{"group", "add", "", "ada"},
        std::vector<std::string>{"group", "add", "Staff", "ada", " "}, std::vector<std::string>{"import", ""},
        std::vector<std::string>{"agent", "enrol-code", ""}, std::vector<std::string>{"groups", "--directory", ""},
        std::vector<std::string>{"directory", "create", ""}, std::vector<std::string>{"job", ""}}) {
    const Answered answer = answered(arguments);
    EXPECT_EQ(answer.exit_code, exit_usage);
    EXPECT_NE(answer.text.find("must not be empty"), std::string::npos) << answer.text;
  }
}

TEST(CommandLine, TheHelpNamesEveryExitCode) {
  const std::string help = answered({"--help"}).text;
  for (const char* code : {"0 the directory did it", "1 refused", "2 the command line", "3 no answer in time"})
    EXPECT_NE(help.find(code), std::string::npos) << help;
}

TEST(CommandLine, AMisspelledCommandNamesTheOneThatWasMeant) {
  EXPECT_NE(answered({"grups"}).text.find("did you mean \"groups\"?"), std::string::npos) << answered({"grups"}).text;
  EXPECT_NE(answered({"group", "ad", "x", "y"}).text.find("did you mean \"add\"?"), std::string::npos);
}

TEST(CommandLine, HelpIsOfTheCommandThatWasAskedAbout) {
  EXPECT_EQ(answered({"--help"}).exit_code, 0);
  EXPECT_NE(answered({"--help"}).text.find("enrol-code"), std::string::npos);
  EXPECT_NE(answered({"hub", "--help"}).text.find("--request-timeout"), std::string::npos);
  EXPECT_NE(answered({"group", "add", "--help"}).text.find("dirbridge group add [OPTIONS] GROUP USER"),
            std::string::npos)
      << answered({"group", "add", "--help"}).text;
}

}  // namespace
}  // namespace dirbridge::app
