// app create and rotate-key: what the hub is sent, and what the operator is shown.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "app/commands.hpp"
#include "base/text.hpp"
#include "jose/jwk.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::app {
namespace {

// Answers everything with one app; what was sent is kept.
class OneAppHub final : public Http {
 public:
  result<net::HttpResponse> send(net::HttpRequest request, milliseconds) override {
    sent.push_back(request);
    if (status == 0) return Error{errc::timed_out, "no answer"};
    return net::HttpResponse{status, {}, answer};
  }
  std::string answer = R"({"client_id":"0oaApp","name":"ci","scopes":["okta.groups.read"],"keys":[]})";
  int status = 200;  // 0: there is no answer
  std::vector<net::HttpRequest> sent;
};

class AppCommands : public testing::Test {
 protected:
  int run(Command command, Invocation invocation, bool as_json = true) {
    invocation.command = command;
    invocation.key_type = "ec";
    return run_client_command(invocation, hub, Secret{"t0ken"}, {out, err, false, false, as_json});
  }
  OneAppHub hub;
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(AppCommands, CreateSendsThePublicHalfAndShowsTheWholeKeyAsJwkAndPem) {
  Invocation invocation;
  invocation.name = "ci";
  invocation.scopes = {"okta.groups.read"};
  invocation.dpop = true;
  EXPECT_EQ(run(Command::app_create, invocation), exit_done);
  ASSERT_EQ(hub.sent.size(), 1u);
  const auto body = json::parse(hub.sent[0].body);
  EXPECT_EQ(body.at("dpop"), true);
  EXPECT_FALSE(body.at("key").contains("d")) << "the private half must not travel";
  const auto shown = json::parse(out.str());
  const auto key = jose::Jwk::from_json(shown.at("jwk"));
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_TRUE(key->is_private());
  EXPECT_EQ(key->public_json(), body.at("key"));
  EXPECT_EQ(shown.at("pem"), key->private_pem().reveal());
  EXPECT_EQ(shown.at("kid"), key->kid());
}

TEST_F(AppCommands, RotateKeyKeepsTheOldOnesADayIfToldTo) {
  Invocation invocation;
  invocation.name = "0oaApp";
  EXPECT_EQ(run(Command::app_rotate_key, invocation), exit_done);
  invocation.keep_old = true;
  out.str("");
  EXPECT_EQ(run(Command::app_rotate_key, invocation), exit_done);
  EXPECT_EQ(hub.sent[0].target, "/_dirbridge/v1/apps/0oaApp/keys");
  EXPECT_EQ(json::parse(hub.sent[0].body).at("keep_old_ms"), 0);
  EXPECT_EQ(json::parse(hub.sent[1].body).at("keep_old_ms"), 86'400'000);
  EXPECT_FALSE(json::parse(hub.sent[1].body).at("key").contains("d"));
}

TEST_F(AppCommands, AListCountsTheKeysThatAreGood) {
  hub.answer = R"([{"client_id":"0oaApp","name":"ci","scopes":["okta.groups.read"],"created":"2026-01-01T00:00:00.000Z",
    "revoked":false,"dpop":false,"keys":[{"kid":"a","valid":false},{"kid":"b","valid":true},{"kid":"c"}]}])";
  EXPECT_EQ(run(Command::app_list, {}, false), exit_done);
  EXPECT_NE(out.str().find("bearer  2 "), std::string::npos) << out.str();
}

TEST_F(AppCommands, OutWritesTheKeyForItsOwnerOnlyAndShowsNothingOfIt) {
  const tests::TemporaryFolder folder;
  Invocation invocation;
  invocation.name = "ci";
  invocation.out_file = folder.path() + "/key.json";
  EXPECT_EQ(run(Command::app_create, invocation, false), exit_done);
  const auto key = jose::Jwk::from_json(std::string_view{*read_file(invocation.out_file)});
  ASSERT_TRUE(key);
  EXPECT_TRUE(key->is_private());
  EXPECT_EQ(*read_file(invocation.out_file + ".pem"), key->private_pem().reveal());
  EXPECT_EQ(std::filesystem::status(invocation.out_file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(out.str(), "0oaApp\n");
  EXPECT_EQ(err.str().find("PRIVATE"), std::string::npos);
}

TEST_F(AppCommands, OutWritesTheKeyAndShowsNothingOfItAsJsonEither) {
  const tests::TemporaryFolder folder;
  Invocation invocation;
  invocation.name = "ci";
  invocation.out_file = folder.path() + "/key.json";
  EXPECT_EQ(run(Command::app_create, invocation, true), exit_done);
  EXPECT_TRUE(jose::Jwk::from_json(std::string_view{*read_file(invocation.out_file)}));
  EXPECT_EQ(json::parse(out.str()).at("client_id"), "0oaApp");
  EXPECT_EQ(out.str().find("PRIVATE"), std::string::npos) << out.str();
  EXPECT_EQ(out.str().find("\"d\""), std::string::npos) << out.str();
}

class KeyFile : public AppCommands {
 protected:
  KeyFile() { invocation.name = "0oaApp", invocation.out_file = folder.path() + "/key.json"; }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& one : std::filesystem::directory_iterator{folder.path()}) names.push_back(one.path().filename());
    std::ranges::sort(names);
    return names;
  }
  std::string refusal(Command command) {
    try {
      run(command, invocation);
    } catch (const CommandFailure& failure) {
      return failure.what();
    }
    return "";
  }
  const tests::TemporaryFolder folder;
  Invocation invocation;
};

TEST_F(KeyFile, ThatCannotBeWrittenIsSaidBeforeTheHubHearsOfTheKey) {
  std::filesystem::create_directory(folder.path() + "/key.json.pem");
  EXPECT_NE(refusal(Command::app_create).find("key.json.pem"), std::string::npos);
  EXPECT_NE(refusal(Command::app_rotate_key).find("key.json.pem"), std::string::npos);
  EXPECT_EQ(files(), std::vector<std::string>{"key.json.pem"});
  invocation.out_file = folder.path() + "/nowhere/key.json";
  EXPECT_NE(refusal(Command::app_rotate_key).find("Nothing was done"), std::string::npos);
  EXPECT_TRUE(hub.sent.empty());
}

TEST_F(KeyFile, OfAnotherAppIsNotReplacedAndThatOfARotatedKeyIs) {
  EXPECT_EQ(run(Command::app_create, invocation), exit_done);
  const auto first = *read_file(invocation.out_file);
  EXPECT_NE(refusal(Command::app_create).find("is there already"), std::string::npos);
  EXPECT_EQ(*read_file(invocation.out_file), first);
  EXPECT_EQ(run(Command::app_rotate_key, invocation), exit_done);
  EXPECT_NE(*read_file(invocation.out_file), first);
  EXPECT_EQ(files(), (std::vector<std::string>{"key.json", "key.json.pem"}));
}

TEST_F(KeyFile, IsGoneIfTheHubRefusesTheKeyAndStaysIfItDoesNotAnswer) {
  hub.status = 400;
  EXPECT_NE(refusal(Command::app_create), "");
  EXPECT_TRUE(files().empty());
  hub.status = 0;
  EXPECT_NE(refusal(Command::app_create).find("key.json.unconfirmed"), std::string::npos);
  EXPECT_EQ(files(), (std::vector<std::string>{"key.json.pem.unconfirmed", "key.json.unconfirmed"}));
}

}  // namespace
}  // namespace dirbridge::app
