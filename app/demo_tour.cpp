#include "app/demo_tour.hpp"

#include <algorithm>

#include "app/names.hpp"
#include "lab/ldap_tools.hpp"

namespace dirbridge::app {
namespace {

constexpr milliseconds reconcile_timeout{10'000};
constexpr milliseconds at_once{500};
constexpr milliseconds late{700};  // how much later than its deadline a 504 may come on a busy machine

class Tour {
 public:
  Tour(Stage& stage, const std::function<void(const StepReport&)>& shown) : stage_(stage), shown_(shown) {}

  std::vector<StepReport> run() {
    import();
    change("add one user to a groupOfNames", "ADD", "engineering", {"zoe"}, 200);
    change("add one user to a groupOfUniqueNames", "ADD", "vpn-users", {"zoe"}, 200);
    change("add five users, some with awkward names", "ADD", "support",
           {"jsmith", "jmueller", "cplus", "thebaker", "yamada"}, 200);
    same_again();
    change("remove one user", "REMOVE", "engineering", {"zoe"}, 200);
    unknown_group();
    malformed_body();
    no_token();
    agent_stopped();
    // It also gives the restarted agent its connection for changes: slapd_frozen() needs one to have the modify sent
    // on.
    change("the agent is back: the same request", "ADD", "engineering", {"zoe"}, 200);
    agent_frozen();
    slapd_frozen();
    return std::move(reports_);
  }

 private:
  // A group as LDAP holds it right now, told by ldapsearch.
  struct Held {
    std::vector<std::string> members;
    std::string entry_csn;
    std::size_t present = 0;  // of the change's values
  };
  struct Change {
    std::string action;
    std::string group;
    std::vector<std::string> logins;
  };

  static void expect(StepReport& report, bool held, const std::string& otherwise) {
    if (!held) report.problems.push_back(otherwise);
  }

  void finish(StepReport report) {
    shown_(report);
    reports_.push_back(std::move(report));
    check_interrupt();
  }

  Held look(const Change& change) {
    const GroupName& name = groups_.at(change.group);
    Held held;
    held.members = checked(stage_.ldap().values(name.dn, name.attribute), name.dn);
    for (const std::string& csn : checked(stage_.ldap().values(name.dn, "entryCSN"), name.dn)) held.entry_csn = csn;
    for (const std::string& login : change.logins) {
      // The server compares: two spellings of a DN are one value.
      if (checked(stage_.ldap().holds(name.dn, name.attribute, user_dns_.at(login)), name.dn)) ++held.present;
    }
    return held;
  }

  template <class T>
  static T checked(result<T> found, const std::string& dn) {
    if (!found) throw CommandFailure(exit_refused, "ldapsearch " + dn + ": " + found.error().message());
    return std::move(*found);
  }

  // "5 members, with zoe"
  std::string describe(const Held& held, const Change& change) const {
    const std::size_t count = held.present;
    std::string who = change.logins.size() == 1 ? change.logins.front() : "all " + std::to_string(change.logins.size());
    if (count != 0 && count != change.logins.size())
      who = std::to_string(count) + " of " + std::to_string(change.logins.size());
    return std::to_string(held.members.size()) + " members, " + (count == 0 ? "without " : "with ") +
           (count == 0 && change.logins.size() > 1 ? "any of " + std::to_string(change.logins.size()) : who);
  }

  std::string body_of(const Change& change) const {
    const GroupName& group = groups_.at(change.group);
    std::vector<std::string> ids;
    for (const std::string& login : change.logins) ids.push_back(user_ids_.at(login));
    return json{{"id", group.id},
                {"parameters", {{"action", change.action}, {"attribute", group.attribute}, {"values", ids}}}}
        .dump();
  }

  net::HttpResponse post(StepReport& report, Api& api, const std::string& body) {
    const auto start = std::chrono::steady_clock::now();
    net::HttpResponse response = api.call("POST", "/api/v1/directories/" + stage_.directory() + "/groups/modify", body);
    report.ms = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start).count();
    report.status = response.status;
    if (const auto job = response.headers.find("X-Dirbridge-Job"); job != response.headers.end())
      report.job = job->second;
    return response;
  }

  void expect_status(StepReport& report, int wanted, const net::HttpResponse& response) {
    expect(report, report.status == wanted, "expected " + std::to_string(wanted) + ", but " + Api::explain(response));
  }

  void expect_held(StepReport& report, const Held& held, const Change& change, bool all) {
    const std::size_t count = held.present;
    expect(report, count == (all ? change.logins.size() : 0),
           "LDAP holds " + std::to_string(count) + " of the " + std::to_string(change.logins.size()) +
               " values, expected " + (all ? "all" : "none"));
  }

  // What `dirbridge job ID` says, in a process of its own.
  json ask_job(StepReport& report) {
    const auto finished = lab::run_process(
        {Stage::program(), "job", report.job, "--json", "--hub", stage_.url(), "--token-file", stage_.token_file()}, {},
        std::chrono::steady_clock::now() + reconcile_timeout);
    const json job = finished ? json::parse(finished->out, nullptr, false) : json{};
    expect(report, job.is_object(), "`dirbridge job " + report.job + "` did not answer with a job");
    return job;
  }

  // Waits until the job is closed and notes its disposition; it must be one of `allowed`.
  void expect_disposition(StepReport& report, const std::vector<std::string>& allowed) {
    expect(report, !report.job.empty(), "the answer names no job (X-Dirbridge-Job)");
    if (report.job.empty()) return;
    await([&] { return text_at(stage_.api().get("/_dirbridge/v1/jobs/" + report.job), {"state"}) == "closed"; },
          reconcile_timeout);
    const std::string disposition = text_at(ask_job(report), {"disposition"});
    report.note = "dirbridge job: " + disposition;
    expect(report, std::ranges::find(allowed, disposition) != allowed.end(),
           "`dirbridge job` says " + disposition + ", expected " + allowed.front());
  }

  // Entries below `base` that match, counted by ldapsearch.
  std::size_t count_entries(const std::string& base, const std::string& filter) {
    return checked(stage_.ldap().search(base, "sub", filter, {"1.1"}), base).size();
  }

  void import() {
    StepReport report{.title = "import users and groups"};
    const std::size_t users = count_entries(stage_.organisation().people_base(), "(objectClass=inetOrgPerson)");
    const std::size_t groups = count_entries(stage_.organisation().groups_base(), "(cn=*)");
    report.before = std::to_string(users) + " users, " + std::to_string(groups) + " groups";
    const auto start = std::chrono::steady_clock::now();
    const net::HttpResponse response =
        stage_.api().call("POST", "/_dirbridge/v1/directories/" + stage_.directory() + "/imports", "{}");
    report.status = response.status;
    expect_status(report, 202, response);
    const std::string id = text_at(json::parse(response.body, nullptr, false), {"id"});
    json import = stage_.api().get("/_dirbridge/v1/imports/" + id + "?wait_ms=10000");
    report.ms = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start).count();
    expect(report, text_at(import, {"state"}) == "applied",
           "the import is " + text_at(import, {"state"}) + ": " + text_at(import, {"reason"}));
    report.after = "the same";
    report.note = "hub: " + text_at(import, {"users"}) + " users, " + text_at(import, {"groups"}) + " groups";
    expect(report,
           text_at(import, {"users"}) == std::to_string(users) && text_at(import, {"groups"}) == std::to_string(groups),
           "the hub counts " + text_at(import, {"users"}) + " users and " + text_at(import, {"groups"}) + " groups");
    for (const json& group : stage_.api().list("/api/v1/groups?limit=1000")) {
      const GroupName name = to_group(group);
      groups_[name.name] = name;
    }
    for (const json& user : stage_.api().list("/api/v1/users?limit=200")) {
      const std::string login = text_at(user, {"profile", "login"});
      user_ids_[login] = text_at(user, {"id"});
      user_dns_[login] = text_at(user, {"profile", "dn"});
    }
    finish(std::move(report));
  }

  void change(const std::string& title, const std::string& action, const std::string& group,
              const std::vector<std::string>& logins, int wanted) {
    const Change change{action, group, logins};
    StepReport report{.title = title};
    const Held before = look(change);
    report.before = describe(before, change);
    expect_held(report, before, change, action == "REMOVE");
    const net::HttpResponse response = post(report, stage_.api(), body_of(change));
    expect_status(report, wanted, response);
    expect(report, response.status != 200 || response.body.empty(), "a 200 must have no body");
    const Held after = look(change);
    report.after = describe(after, change);
    report.note = groups_.at(group).attribute + " of " + group;
    expect_held(report, after, change, action == "ADD");
    finish(std::move(report));
  }

  void same_again() {
    const Change change{"ADD", "support", {"jsmith", "jmueller", "cplus", "thebaker", "yamada"}};
    StepReport report{.title = "the same five again: nothing changes"};
    const Held before = look(change);
    report.before = describe(before, change);
    expect_status(report, 200, post(report, stage_.api(), body_of(change)));
    const Held after = look(change);
    report.after = describe(after, change);
    report.note = "entryCSN unchanged";
    expect(report, before.members == after.members, "the members changed");
    expect(report, before.entry_csn == after.entry_csn, "entryCSN changed: the directory was written to");
    finish(std::move(report));
  }

  // Three answers that never reach the directory.
  void refused(const std::string& title, Api& api, const std::string& body, int wanted, const std::string& code) {
    const Change zoe{"ADD", "engineering", {"zoe"}};
    StepReport report{.title = title};
    const Held before = look(zoe);
    report.before = describe(before, zoe);
    const net::HttpResponse response = post(report, api, body);
    expect_status(report, wanted, response);
    report.note = text_at(json::parse(response.body, nullptr, false), {"errorCode"});
    expect(report, report.note == code, "expected " + code + ", but the answer says " + report.note);
    const Held after = look(zoe);
    report.after = describe(after, zoe);
    expect(report, before.entry_csn == after.entry_csn, "the directory was written to");
    finish(std::move(report));
  }

  void unknown_group() {
    json body = json::parse(body_of({"ADD", "engineering", {"zoe"}}));
    body["id"] = "00gNoSuchGroupHere01";
    refused("an unknown group", stage_.api(), body.dump(), 404, "E0000007");
  }
  void malformed_body() {
    refused("a malformed body", stage_.api(), R"({"id": "00g", "parameters": )", 400, "E0000003");
  }
  void no_token() { refused("no token", stage_.stranger(), body_of({"ADD", "engineering", {"zoe"}}), 401, "E0000015"); }

  void agent_stopped() {
    const Change zoe{"ADD", "engineering", {"zoe"}};
    StepReport report{.title = "the agent is stopped: refused at once"};
    const Held before = look(zoe);
    report.before = describe(before, zoe);
    stage_.stop_agent();
    expect_status(report, 502, post(report, stage_.api(), body_of(zoe)));
    expect(report, report.ms < at_once.count(),
           "a 502 must come at once, not after " + std::to_string(report.ms) + " ms");
    stage_.start_agent();
    const Held after = look(zoe);
    report.after = describe(after, zoe);
    report.note = "nothing was queued";
    expect(report, before.entry_csn == after.entry_csn, "the directory was written to");
    finish(std::move(report));
  }

  void expect_deadline(StepReport& report) {
    const auto deadline = demo_deadlines::request;
    expect(report, report.ms >= deadline.count() - 50 && report.ms <= (deadline + late).count(),
           "a 504 must come at the deadline of " + std::to_string(deadline.count()) + " ms, not after " +
               std::to_string(report.ms));
  }

  void agent_frozen() {
    const Change walter{"ADD", "engineering", {"walter"}};
    StepReport report{.title = "the agent is frozen, then thawed: never applied"};
    const Held before = look(walter);
    report.before = describe(before, walter);
    stage_.freeze_agent();
    expect_status(report, 504, post(report, stage_.api(), body_of(walter)));
    expect_deadline(report);
    stage_.thaw_agent();
    expect_disposition(report, {"cancelled", "not_started"});
    const Held after = look(walter);
    report.after = describe(after, walter);
    expect_held(report, after, walter, false);
    expect(report, before.entry_csn == after.entry_csn, "the directory was written to after the 504");
    finish(std::move(report));
  }

  // At the moment the modify comes by: the agent has looked who is who, slapd has the modify in its socket.
  void slapd_frozen() {
    const Change walter{"ADD", "engineering", {"walter"}};
    StepReport report{.title = "slapd is frozen with the modify in its socket"};
    const Held before = look(walter);
    report.before = describe(before, walter);
    stage_.gate().arm([this] { stage_.slapd().freeze(); });
    expect_status(report, 504, post(report, stage_.api(), body_of(walter)));
    expect_deadline(report);
    if (!stage_.gate().await_modify(std::chrono::steady_clock::now())) report.problems.push_back("no modify was sent");
    stage_.slapd().thaw();
    expect_disposition(report, {"applied_late"});
    const Held after = look(walter);
    report.after = describe(after, walter);
    expect_held(report, after, walter, true);
    finish(std::move(report));
  }

  Stage& stage_;
  const std::function<void(const StepReport&)>& shown_;
  std::vector<StepReport> reports_;
  std::map<std::string, GroupName> groups_;      // by name
  std::map<std::string, std::string> user_ids_;  // by login
  std::map<std::string, std::string> user_dns_;
};

}  // namespace

std::vector<StepReport> run_tour(Stage& stage, const std::function<void(const StepReport&)>& shown) {
  return Tour{stage, shown}.run();
}

}  // namespace dirbridge::app
