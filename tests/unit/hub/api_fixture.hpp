// A hub behind real HTTP on the loop-back interface, on a ledger that was furnished before it started.
#pragma once
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <future>

#include "base/text.hpp"
#include "hub/first_start.hpp"
#include "hub/hub.hpp"
#include "json/json.hpp"
#include "ledger/ledger.hpp"
#include "net/http_client.hpp"
#include "support/run_until.hpp"
#include "support/temporary_folder.hpp"

namespace dirbridge::hub {

class HubApi : public testing::Test {
 protected:
  HubApi() : HubApi(furnish) {}
  // `furnishing` puts records into the ledger of that data folder.
  explicit HubApi(void (*furnishing)(const std::string& data_dir), HubSettings settings = {}) {
    settings.data_dir = folder_.path() + "/hub";
    settings.listen = {"127.0.0.1", 0};
    settings.tls = false;
    settings.http.max_header_bytes = 4096;
    furnishing(settings.data_dir);
    settings_ = settings;
    start();
  }
  ~HubApi() override { stop(); }

  void start() {
    ended_ = false;
    hub_ = Hub::open(loop_.get_executor(), settings_).value();
    asio::co_spawn(loop_, hub_->run(), [this](std::exception_ptr) { ended_ = true; });
    token_ = trim(read_file(settings_.data_dir + "/operator.token").value());
    client_ = std::make_unique<net::HttpClient>(
        loop_.get_executor(), net::parse_url("http://127.0.0.1:" + std::to_string(hub_->port())).value(),
        net::ClientSettings{});
  }
  void stop() {
    client_.reset();
    asio::co_spawn(loop_, hub_->stop(), asio::detached);
    EXPECT_TRUE(test::run_until(loop_, [this] { return ended_; }));
  }
  // The same hub on the same data, on another port.
  void restart() {
    stop();
    hub_.reset();
    start();
  }

  net::HttpResponse call(const std::string& method, const std::string& target, const std::string& body = {},
                         net::Headers headers = {}) {
    net::HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = std::move(headers);
    if (!request.headers.contains("Authorization")) request.headers.emplace("Authorization", "SSWS " + token_);
    std::optional<result<net::HttpResponse>> answer;
    asio::co_spawn(loop_, client_->send(std::move(request), std::chrono::steady_clock::now() + 10s),
                   [&](std::exception_ptr, result<net::HttpResponse> got) { answer = std::move(got); });
    EXPECT_TRUE(test::run_until(loop_, [&] { return answer.has_value(); }));
    return answer->value();
  }
  // A group of three, one of whom has a name that needs every kind of escaping.
  static void furnish(const std::string& data_dir) {
    make_data_dir(data_dir).value();
    const auto ledger = ledger::open_sqlite_ledger({.path = data_dir + "/ledger.sqlite"}).value();
    const DirectoryId directory{"0oaCorpCorpCorpCorp1"};
    const ImportId import{"impOneOneOneOneOne01"};
    ledger::ImportStaged staged{import, {}, {}};
    proto::ImportedGroup group{"uuid-g", "cn=g,dc=x", "cn=g,dc=x", "g", "", "member", "groupOfNames", {}};
    for (const std::string name : {"ada", "b\\, c+&=%?#", "山田"}) {
      const std::string dn = "cn=" + name + ",dc=x";
      const UserId id{"00uUserUserUserUser" + std::to_string(staged.users.size())};
      staged.users.emplace_back(id, proto::ImportedUser{"uuid-" + name, dn, dn, name, "", "", "", name});
      group.member_keys.push_back(dn);
    }
    staged.groups.emplace_back(GroupId{"00gStaffStaffStaff01"}, group);
    append(*ledger, directory,
           {ledger::DirectoryCreated{"Corp", "LDAP"}, ledger::ImportStarted{import, AgentId{"a53"}, ""}, staged,
            ledger::ImportApplied{import, 3, 1}});
  }
  static void append(ledger::Ledger& ledger, const DirectoryId& directory, std::vector<ledger::Body> bodies) {
    std::vector<ledger::Record> records;
    for (auto& body : bodies) records.push_back({0, directory, system_clock().wall_now(), std::move(body)});
    std::promise<result<std::uint64_t>> done;
    ledger.append(std::move(records), [&](result<std::uint64_t> appended) { done.set_value(std::move(appended)); });
    done.get_future().get().value();
  }
  // Status, error code and causes of a refusal; every one has Okta's envelope and headers.
  struct Refusal {
    int status;
    std::string code;
    std::string causes;
  };
  static Refusal refusal(const net::HttpResponse& response) {
    const Json body = Json::parse(response.body, nullptr, false);
    if (!body.is_object()) return {response.status, "no envelope", response.body};
    EXPECT_TRUE(response.headers.contains("X-Okta-Request-Id"));
    std::string causes;
    for (const auto& cause : body["errorCauses"]) causes += cause["errorSummary"].get<std::string>() + "\n";
    return {response.status, body["errorCode"], causes};
  }

  // Outcome and code of each groups/modify in the System Log: "FAILURE E0000006,…".
  std::string failures_logged() {
    std::string found;
    const auto events = Json::parse(
        call("GET", "/api/v1/logs?filter=eventType%20sw%20%22directory.external.group.membership.%22").body);
    for (const auto& event : events) {
      const auto reason = event["outcome"].value("reason", "");
      found += (found.empty() ? "" : ",") + event["outcome"]["result"].get<std::string>() + " " +
               reason.substr(0, reason.find(' '));
    }
    return found;
  }

  // Where rel="next" of a list leads, as a target; empty at the end.
  static std::string next_of(const net::HttpResponse& response) {
    const auto [first, last] = response.headers.equal_range("Link");
    for (auto link = first; link != last; ++link) {
      const auto& text = link->second;
      if (text.find("rel=\"next\"") == std::string::npos) continue;
      const auto begin = text.find("/api");
      return text.substr(begin, text.find('>') - begin);
    }
    return {};
  }

  tests::TemporaryFolder folder_;
  HubSettings settings_;
  asio::io_context loop_{1};
  std::unique_ptr<Hub> hub_;
  bool ended_ = false;
  std::string token_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace dirbridge::hub
