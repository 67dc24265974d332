#include "app/commands.hpp"

#include <gtest/gtest.h>

#include <boost/asio/error.hpp>
#include <deque>
#include <sstream>

#include "app/names.hpp"

namespace dirbridge::app {
namespace {

constexpr const char* staff = "00gStaffStaffStaff01";
constexpr const char* ada = "00uAdaAdaAdaAdaAda01";
constexpr const char* corp = "0oaCorpCorpCorpCorp1";

json group_json(const std::string& id, const std::string& name, const std::string& directory = corp) {
  return {{"id", id},
          {"profile", {{"name", name}, {"dn", "cn=" + name + ",dc=x"}, {"memberAttribute", "member"}}},
          {"_links", {{"source", {{"href", "http://hub/api/v1/apps/" + directory}}}}}};
}
json user_json(const std::string& id, const std::string& login, const std::string& directory = "Corp") {
  return {{"id", id},
          {"profile", {{"login", login}, {"dn", "uid=" + login + ",dc=x"}}},
          {"credentials", {{"provider", {{"name", directory}}}}}};
}

// Answers by method and target; the last answer of a target stays. What was sent is kept.
class ScriptedHub final : public Http {
 public:
  void answer(const std::string& call, int status, const json& body, net::Headers headers = {}) {
    answers_[call].push_back({status, std::move(headers), body.is_null() ? std::string{} : body.dump()});
  }
  void forget(const std::string& call) { answers_.erase(call); }
  void fail(Error error) { failure_ = std::move(error); }

  result<net::HttpResponse> send(net::HttpRequest request, milliseconds) override {
    sent.push_back(request);
    if (failure_.code) return failure_;
    auto found = answers_.find(request.method + " " + request.target);
    if (found == answers_.end()) {
      ADD_FAILURE() << "unexpected call: " << request.method << " " << request.target;
      return Error{errc::closed};
    }
    net::HttpResponse response = found->second.front();
    if (found->second.size() > 1) found->second.pop_front();
    return response;
  }

  std::vector<net::HttpRequest> sent;

 private:
  std::map<std::string, std::deque<net::HttpResponse>> answers_;
  Error failure_;
};

std::string search_of(const std::string& login) {
  return "GET /api/v1/users?search=profile.login%20eq%20%22" + login + "%22";
}

class Commands : public testing::Test {
 protected:
  Commands() {
    hub.answer("GET /_dirbridge/v1/directories", 200, json::array({{{"id", corp}, {"name", "Corp"}}}));
    hub.answer("GET /api/v1/groups?limit=1000&q=Staff", 200,
               json::array({group_json(staff, "Staff"), group_json("00gStaffStaffStaff02", "Staff of the day")}));
    hub.answer(search_of("ada"), 200, json::array({user_json(ada, "ada")}));
  }

  int run(Invocation invocation) {
    return run_client_command(invocation, hub, Secret{"t0ken"}, {out, err, false, false, json_output});
  }
  // The exit code and sentence of a command that fails.
  std::pair<int, std::string> failure(const Invocation& invocation) {
    try {
      const int code = run(invocation);
      return {code, "no failure"};
    } catch (const CommandFailure& failed) {
      return {failed.code, failed.what()};
    }
  }
  static Invocation add_ada() {
    Invocation invocation;
    invocation.command = Command::group_add;
    invocation.name = "Staff";
    invocation.users = {"ada"};
    return invocation;
  }
  const std::string modify = std::string{"POST /api/v1/directories/"} + corp + "/groups/modify";
  const std::string preview = std::string{"POST /_dirbridge/v1/directories/"} + corp + "/groups/preview";
  static constexpr const char* ldif = "dn: cn=Staff,dc=x\nchangetype: modify\nadd: member\nmember: uid=ada,dc=x\n-\n";

  ScriptedHub hub;
  std::ostringstream out;
  std::ostringstream err;
  bool json_output = false;
};

TEST_F(Commands, AddingAUserByLoginSendsTheIdsAndSucceedsOnlyWithA200) {
  hub.answer(modify, 200, nullptr, {{"X-Dirbridge-Job", "ADSx"}});
  EXPECT_EQ(run(add_ada()), exit_done);
  EXPECT_NE(out.str().find("ADSx"), std::string::npos) << out.str();
  const json body = json::parse(hub.sent.back().body);
  EXPECT_EQ(body,
            (json{{"id", staff}, {"parameters", {{"action", "ADD"}, {"attribute", "member"}, {"values", {ada}}}}}));
  EXPECT_EQ(hub.sent.back().headers.find("Authorization")->second, "SSWS t0ken");
}

TEST_F(Commands, ADryRunPrintsOneLdifFileWithAVerdictForEachUserInItsComments) {
  hub.answer(search_of("bob"), 200, json::array({user_json("00uBobBobBobBobBob01", "bob")}));
  hub.answer(preview, 200,
             {{"group", staff},
              {"verdict", "refused"},
              {"changes", {{{"dn", "cn=Staff,dc=x"}, {"add", 1}, {"remove", 0}, {"ldif", ldif}}}},
              {"verdicts",
               {{{"id", ada}, {"dn", "uid=ada,dc=x"}, {"verdict", "applied"}},
                {{"id", "00uBobBobBobBobBob01"},
                 {"dn", "uid=bob,dc=x"},
                 {"verdict", "refused"},
                 {"code", 32},
                 {"advice", "The user is gone.\nuid: evil"}}}},
              {"unpredicted", "Rights."}});
  auto invocation = add_ada();
  invocation.users = {"ada", "bob"};
  invocation.dry_run = true;
  EXPECT_EQ(run(invocation), exit_refused);
  EXPECT_EQ(out.str(),
            "# dry run, nothing was changed: 2 users to be added to Staff (member); 1 modify would be carried out\n"
            "# ada: would be applied\n"
            "# bob: would be refused: The user is gone.?uid: evil\n"
            "# not known from reading: Rights.\n"
            "version: 1\n\n" +
                std::string{ldif});
  EXPECT_EQ(json::parse(hub.sent.back().body)["parameters"]["values"].size(), 2u);
}

TEST_F(Commands, ADryRunOfWhatIsSoAlreadyShowsNoRecordAndExitsWith0) {
  hub.answer(
      preview, 200,
      {{"verdict", "already"}, {"changes", json::array()}, {"verdicts", {{{"id", ada}, {"verdict", "already"}}}}});
  auto invocation = add_ada();
  invocation.dry_run = true;
  EXPECT_EQ(run(invocation), exit_done);
  EXPECT_NE(out.str().find("; nothing would be changed\n# ada: already so\n"), std::string::npos) << out.str();
  EXPECT_EQ(out.str().find("version: 1"), std::string::npos);
}

TEST_F(Commands, ADryRunThatCannotTellSaysSoAndExitsWith3) {
  hub.answer(preview, 200,
             {{"verdict", "unknown"},
              {"changes", json::array()},
              {"verdicts", {{{"id", ada}, {"verdict", "unknown"}, {"code", 50}, {"advice", "Not from reads."}}}}});
  auto invocation = add_ada();
  invocation.dry_run = true;
  EXPECT_EQ(run(invocation), exit_unknown);
  EXPECT_NE(out.str().find("is not known\n# ada: not known: Not from reads.\n"), std::string::npos) << out.str();
}

TEST_F(Commands, ADryRunEndsAsTheChangeItselfAndSaysThatNothingWasChanged) {
  auto invocation = add_ada();
  invocation.dry_run = true;
  for (const auto& [status, wanted] :
       {std::pair{502, exit_refused}, std::pair{404, exit_refused}, std::pair{400, exit_refused},
        std::pair{504, exit_unknown}, std::pair{503, exit_unknown}}) {
    hub.answer(preview, status, {{"errorCode", "E0"}, {"errorSummary", "why"}});
    const auto [code, sentence] = failure(invocation);
    EXPECT_EQ(code, wanted) << status;
    EXPECT_NE(sentence.find("nothing was changed"), std::string::npos) << sentence;
    hub.forget(preview);
  }
}

TEST_F(Commands, ADryRunAsJsonIsTheHubsAnswer) {
  const json answer{{"verdict", "applied"}, {"changes", json::array()}, {"verdicts", json::array()}};
  hub.answer(preview, 200, answer);
  auto invocation = add_ada();
  invocation.dry_run = true;
  json_output = true;
  EXPECT_EQ(run(invocation), exit_done);
  EXPECT_EQ(json::parse(out.str()), answer);
}

TEST_F(Commands, ARefusalExitsWith1AndTheDirectorysWords) {
  hub.answer(modify, 400,
             {{"errorCode", "E0000001"},
              {"errorSummary", "Api validation failed: values"},
              {"errorCauses", {{{"errorSummary", "values: LDAP result 65: object class violation"}}}}});
  const auto [code, sentence] = failure(add_ada());
  EXPECT_EQ(code, exit_refused);
  EXPECT_NE(sentence.find("object class violation"), std::string::npos) << sentence;
}

TEST_F(Commands, A504ExitsWith3AndNamesTheCommandThatKnowsTheTruth) {
  hub.answer(modify, 504, {{"errorCode", "E0000237"}, {"errorSummary", "Timed out waiting for agent"}},
             {{"X-Dirbridge-Job", "ADSx"}});
  const auto [code, sentence] = failure(add_ada());
  EXPECT_EQ(code, exit_unknown);
  EXPECT_NE(sentence.find("dirbridge job ADSx"), std::string::npos) << sentence;
}

TEST_F(Commands, AHubThatCannotBeReachedIsARefusalButALostAnswerIsUnknown) {
  hub.fail(Error{boost::asio::error::make_error_code(boost::asio::error::connection_refused)});
  EXPECT_EQ(failure(add_ada()).first, exit_refused);

  ScriptedHub lossy;
  Api api{lossy, Secret{"t"}, "http://hub"};
  lossy.fail(Error{errc::timed_out});
  try {
    api.call("POST", "/x", "{}");
    FAIL() << "no failure";
  } catch (const CommandFailure& failed) {
    EXPECT_EQ(failed.code, exit_unknown);
  }
}

TEST_F(Commands, AnAmbiguousGroupNameListsTheCandidatesAndChangesNothing) {
  hub.answer("GET /api/v1/groups?limit=1000&q=Twins", 200,
             json::array({group_json("00gTwinsTwinsTwins01", "Twins"),
                          group_json("00gTwinsTwinsTwins02", "twins", "0oaOther")}));
  Invocation invocation = add_ada();
  invocation.name = "Twins";
  const auto [code, sentence] = failure(invocation);
  EXPECT_EQ(code, exit_refused);
  EXPECT_NE(sentence.find("00gTwinsTwinsTwins01"), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("00gTwinsTwinsTwins02"), std::string::npos) << sentence;
  for (const net::HttpRequest& request : hub.sent) EXPECT_EQ(request.method, "GET");
}

TEST_F(Commands, WhatIsUnknownExitsWith1WhateverItIs) {
  hub.answer("GET /api/v1/groups?limit=1000&q=nothing", 200, json::array());
  hub.answer(search_of("nobody"), 200, json::array());
  hub.answer("GET /api/v1/users?limit=200&q=nobody", 200, json::array());
  Invocation no_group = add_ada(), no_user = add_ada(), no_directory = add_ada();
  no_group.name = "nothing";
  no_user.users = {"nobody"};
  no_directory.directory = "Elsewhere";
  for (const Invocation& invocation : {no_group, no_user, no_directory})
    EXPECT_EQ(failure(invocation).first, exit_refused) << failure(invocation).second;
}

TEST_F(Commands, ValuesThatWereRefusedForTheSameReasonShareOneSentenceAndAreCalledAsTheyWereTyped) {
  json causes = json::array();
  const auto refused = [](const std::string& id) {
    return json{{"errorSummary", "values: " + id + ": refused, LDAP result 50: no (Grant it.)"}};
  };
  causes.push_back(refused(ada));
  for (int i = 0; i < 7; ++i) causes.push_back(refused("00u" + std::to_string(i)));
  causes.push_back({{"errorSummary", "values: 00u9: refused, LDAP result 65"}});
  causes.push_back({{"errorSummary", "job ADSx"}});
  hub.answer(modify, 400,
             {{"errorCode", "E0000001"}, {"errorSummary", "Api validation failed: values"}, {"errorCauses", causes}});
  EXPECT_EQ(failure(add_ada()).second,
            "the hub answered 400 E0000001: Api validation failed: values (ada, 00u0, 00u1, 00u2, 00u3 and 3 more: "
            "refused, LDAP result 50: no (Grant it.); 00u9: refused, LDAP result 65; job ADSx)");
}

TEST_F(Commands, OfManyReasonsOnlyAHandfulIsTold) {
  json causes = json::array();
  for (int i = 0; i < 9; ++i) causes.push_back({{"errorSummary", "reason " + std::to_string(i)}});
  const std::string body = json{{"errorCode", "E1"}, {"errorCauses", causes}}.dump();
  EXPECT_EQ(Api::explain({400, {}, body}),
            "the hub answered 400 E1 (reason 0; reason 1; reason 2; reason 3; reason 4 and 4 more)");
}

TEST_F(Commands, AHubWhoseAuthorityIsUnknownIsToldWithTheOptionThatNamesIt) {
  hub.fail(Error{errc::unauthenticated, "certificate is signed by an unknown authority CN=x"});
  const auto [code, sentence] = failure(add_ada());
  EXPECT_EQ(code, exit_refused);
  EXPECT_NE(sentence.find("--ca"), std::string::npos) << sentence;
  hub.fail(Error{errc::unauthenticated, "certificate has expired (2020-01-01)"});
  EXPECT_EQ(failure(add_ada()).second.find("--ca"), std::string::npos) << failure(add_ada()).second;
}

TEST_F(Commands, NamesFromTheHubCannotMoveTheCursor) {
  const std::string evil = "x\033[2J\u009b\u202e\ny";
  hub.answer("GET /_dirbridge/v1/directories", 200, json::array({{{"id", corp}, {"name", evil}}}));
  hub.answer("GET /_dirbridge/v1/agents", 200,
             json::array({{{"id", evil}, {"name", evil}, {"directory_detail", evil}}}));
  hub.answer("GET /_dirbridge/v1/tokens", 200, json::array({{{"id", evil}, {"name", evil}, {"scopes", {evil}}}}));
  hub.answer("GET /api/v1/groups?limit=1000", 200, json::array({group_json(staff, evil)}));
  hub.answer("GET /api/v1/users?limit=200", 200, json::array({user_json(ada, evil)}));
  hub.answer("GET /_dirbridge/v1/jobs?limit=50", 200, json::array({{{"id", evil}, {"group", {{"dn", evil}}}}}));
  hub.answer("GET /_dirbridge/v1/jobs/ADSx", 200,
             {{"id", evil},
              {"explanation", evil},
              {"members", {{{"id", evil}, {"diagnostic", evil}}}},
              {"story", {{{"at", evil}, {"what", evil}}}},
              {"requests", {evil}}});
  hub.answer("POST /_dirbridge/v1/directories", 200, {{"id", evil}});
  for (const Command command : {Command::directory_list, Command::agents, Command::token_list, Command::groups,
                                Command::users, Command::jobs, Command::job, Command::directory_create}) {
    Invocation invocation;
    invocation.command = command;
    if (command == Command::job) invocation.name = "ADSx";
    run(invocation);
  }
  const std::string text = out.str() + err.str();
  for (const char* moved : {"\033", "\u009b", "\u202e", "\ny"}) EXPECT_EQ(text.find(moved), std::string::npos) << text;
  EXPECT_NE(text.find("x?[2J??"), std::string::npos) << text;
}

TEST_F(Commands, AgentsAreListedWithWhatTheySayOfTheirServers) {
  const std::string detail = "ldap://b serves; ldap://a takes no changes (it refers to ldap://primary: referral (10))";
  hub.answer("GET /_dirbridge/v1/agents", 200,
             json::array({{{"id", "a53One"},
                           {"name", "one"},
                           {"directory", corp},
                           {"connected", true},
                           {"directory_state", "connected"},
                           {"directory_detail", detail}}}));
  Invocation agents;
  agents.command = Command::agents;
  EXPECT_EQ(run(agents), 0);
  EXPECT_NE(out.str().find(detail), std::string::npos) << out.str();
  out.str({});
  json_output = true;
  EXPECT_EQ(run(agents), 0);
  EXPECT_EQ(json::parse(out.str()).at(0).at("directory_detail"), detail);
}

TEST_F(Commands, ADirectoryNarrowsAnAmbiguousGroupName) {
  hub.answer("GET /api/v1/groups?limit=1000&q=Twins", 200,
             json::array({group_json("00gTwinsTwinsTwins01", "Twins"),
                          group_json("00gTwinsTwinsTwins02", "Twins", "0oaOther")}));
  Api api{hub, Secret{"t"}, "http://hub"};
  EXPECT_EQ(find_group(api, "Twins", "Corp").id, "00gTwinsTwinsTwins01");
}

TEST_F(Commands, AGroupIsFoundHoweverTheLettersOfItsNameAreComposed) {
  hub.answer("GET /api/v1/groups?limit=1000&q=Zo%C3%AB", 200,
             json::array({group_json("00gZoeZoeZoeZoeZoe01", "Zoe\xCC\x88")}));
  Api api{hub, Secret{"t"}, "http://hub"};
  EXPECT_EQ(find_group(api, "Zo\xC3\xAB", {}).id, "00gZoeZoeZoeZoeZoe01");
}

TEST_F(Commands, ALoginWithQuotesIsOneLiteralOfTheFilter) {
  hub.answer("GET /api/v1/users?search=profile.login%20eq%20%22a%5C%22b%5C%5C%22", 200,
             json::array({user_json(ada, "a\"b\\")}));
  Api api{hub, Secret{"t"}, "http://hub"};
  EXPECT_EQ(find_user(api, "a\"b\\", {corp, "Corp"}), ada);
}

TEST_F(Commands, AUserOfAnotherDirectoryIsNotMeant) {
  hub.answer(
      search_of("bob"), 200,
      json::array({user_json("00uBobBobBobBobBob01", "bob", "Elsewhere"), user_json("00uBobBobBobBobBob02", "BOB")}));
  Api api{hub, Secret{"t"}, "http://hub"};
  EXPECT_EQ(find_user(api, "bob", {corp, "Corp"}), "00uBobBobBobBobBob02");
}

TEST_F(Commands, AnUnknownUserNamesTheOnesThatStartSo) {
  hub.answer(search_of("adal"), 200, json::array());
  hub.answer("GET /api/v1/users?limit=200&q=adal", 200, json::array({user_json("00uAdaAdaAdaAdaAda02", "adalbert")}));
  Invocation invocation = add_ada();
  invocation.users = {"adal"};
  const auto [code, sentence] = failure(invocation);
  EXPECT_EQ(code, exit_refused);
  EXPECT_NE(sentence.find("adalbert"), std::string::npos) << sentence;
}

TEST_F(Commands, ListsFollowTheNextLinkToTheEnd) {
  hub.answer("GET /api/v1/users?limit=200", 200, json::array({user_json("00u1", "a")}),
             {{"Link", "<http://hub/api/v1/users?limit=200>; rel=\"self\""},
              {"Link", "<http://hub/api/v1/users?limit=200&after=00u1>; rel=\"next\""}});
  hub.answer("GET /api/v1/users?limit=200&after=00u1", 200, json::array({user_json("00u2", "b")}));
  Invocation invocation;
  invocation.command = Command::users;
  json_output = true;
  EXPECT_EQ(run(invocation), exit_done);
  EXPECT_EQ(json::parse(out.str()).size(), 2u);
}

TEST_F(Commands, AJobsExitCodeSaysWhatBecameOfIt) {
  const std::vector<std::pair<std::string, int>> expected = {
      {"applied", exit_done},        {"applied_late", exit_done}, {"refused", exit_refused},
      {"not_started", exit_refused}, {"cancelled", exit_refused}, {"refused_late", exit_refused},
      {"parked", exit_refused},      {"open", exit_unknown}};
  for (const auto& [disposition, code] : expected) {
    ScriptedHub one;
    one.answer("GET /_dirbridge/v1/jobs/ADSx", 200,
               {{"id", "ADSx"},
                {"disposition", disposition},
                {"state", "closed"},
                {"explanation", "A sentence."},
                {"members", json::array({{{"id", ada}, {"verdict", "applied"}}})},
                {"story", json::array({{{"at", "2026-11-23T10:00:00.000Z"}, {"what", "leased"}}})}});
    Invocation invocation;
    invocation.command = Command::job;
    invocation.name = "ADSx";
    std::ostringstream text;
    EXPECT_EQ(run_client_command(invocation, one, Secret{"t"}, {text, text}), code) << disposition;
    EXPECT_NE(text.str().find("A sentence."), std::string::npos);
    EXPECT_NE(text.str().find("leased"), std::string::npos);
  }
}

TEST_F(Commands, TheWordsOfAJobAreShownOnceForNeighboursThatShareThem) {
  const std::string advice(60, 'x');
  json members = json::array();
  for (const char* words : {advice.c_str(), advice.c_str(), "short", "short"})
    members.push_back({{"id", ada}, {"verdict", "refused"}, {"advice", words}});
  hub.answer("GET /_dirbridge/v1/jobs/ADSx", 200, {{"id", "ADSx"}, {"disposition", "refused"}, {"members", members}});
  Invocation invocation;
  invocation.command = Command::job;
  invocation.name = "ADSx";
  EXPECT_EQ(run(invocation), exit_refused);
  const std::string text = out.str();
  EXPECT_EQ(text.find(advice), text.rfind(advice)) << text;
  EXPECT_NE(text.find("as above"), std::string::npos) << text;
  EXPECT_NE(text.find("short"), text.rfind("short")) << text;
}

TEST_F(Commands, AnImportWaitsForItsEndAndFailsIfItWasNotApplied) {
  const std::string start = std::string{"POST /_dirbridge/v1/directories/"} + corp + "/imports";
  Invocation invocation;
  invocation.command = Command::import;
  hub.answer(start, 202, {{"id", "imp1"}, {"state", "running"}});
  hub.answer("GET /_dirbridge/v1/imports/imp1?wait_ms=10000", 200, {{"state", "running"}, {"users", 3}});
  hub.answer("GET /_dirbridge/v1/imports/imp1?wait_ms=10000", 200, {{"state", "applied"}, {"users", 7}, {"groups", 2}});
  EXPECT_EQ(run(invocation), exit_done);
  EXPECT_NE(out.str().find("7 users, 2 groups"), std::string::npos) << out.str();

  ScriptedHub second;
  second.answer("GET /_dirbridge/v1/directories", 200, json::array({{{"id", corp}, {"name", "Corp"}}}));
  second.answer(start, 202, {{"id", "imp2"}, {"state", "running"}});
  second.answer("GET /_dirbridge/v1/imports/imp2?wait_ms=10000", 200,
                {{"state", "dropped"}, {"reason", "size limit exceeded"}});
  try {
    run_client_command(invocation, second, Secret{"t"}, {out, err});
    FAIL() << "no failure";
  } catch (const CommandFailure& failed) {
    EXPECT_EQ(failed.code, exit_refused);
    EXPECT_NE(std::string{failed.what()}.find("size limit exceeded"), std::string::npos);
  }
}

TEST_F(Commands, AnAnswerThatIsNotJsonIsAnErrorNotACrash) {
  for (const std::string& body :
       {std::string{"<html>"}, std::string{"[1, \"x\", null]"}, std::string{"{}"}, std::string{"null"}}) {
    Invocation invocation;
    invocation.command = Command::users;
    class Raw final : public Http {
     public:
      explicit Raw(std::string text) : text_(std::move(text)) {}
      result<net::HttpResponse> send(net::HttpRequest, milliseconds) override {
        return net::HttpResponse{200, {}, text_};
      }

     private:
      std::string text_;
    } raw{body};
    try {
      run_client_command(invocation, raw, Secret{"t"}, {out, err});
    } catch (const CommandFailure& failed) {
      EXPECT_EQ(failed.code, exit_refused) << body;
    }
  }
}

TEST(NextPage, TheNextLinkIsFoundAmongOthersInOneHeader) {
  net::HttpResponse response;
  response.headers.emplace("link", "<http://h/a,b?x>; rel=\"self\", <https://h:8443/a,b?after=7>; rel=\"next\"");
  EXPECT_EQ(next_page(response), "/a,b?after=7");
  EXPECT_EQ(next_page({}), "");
}

}  // namespace
}  // namespace dirbridge::app
