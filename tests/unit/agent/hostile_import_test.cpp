// An import from a directory that means harm: it ends, with a reason, and the agent's memory stays what it was.
#include <gtest/gtest.h>

#include <algorithm>

#include "agent/importer.hpp"
#include "base/text.hpp"
#include "ldap/client.hpp"
#include "support/live_memory.hpp"
#include "support/run_until.hpp"
#include "support/temporary_folder.hpp"
#include "unit/ldap/scripted_server.hpp"

namespace dirbridge::agent {
namespace {

using dirbridge::test::live_bytes;
using ldap::Peer;
using ldap::Script;
namespace ber = ldap::ber;

// Resident, as the operating system counts it.
std::size_t resident_bytes() {
  const auto text = read_file("/proc/self/statm").value();
  return static_cast<std::size_t>(std::stoull(text.substr(text.find(' ') + 1))) * 4096;
}

std::string user(int msgid, std::uint64_t number) {
  const auto id = std::to_string(number);
  return ber::entry(msgid, "uid=u" + id + ",ou=people,dc=org",
                    ber::attribute("entryUUID", {"id-" + id}) + ber::attribute("uid", {"u" + id}) +
                        ber::attribute("cn", {"User " + id}) + ber::attribute("mail", {"u" + id + "@example.org"}));
}

struct HostileImport : testing::Test {
  asio::io_context loop{1};
  tests::TemporaryFolder folder;
  ImportSettings settings{.users = {{"ou=people,dc=org"}, "(objectClass=inetOrgPerson)"},
                          .groups = {{"ou=groups,dc=org"}, "(objectClass=groupOfNames)"}};
  std::unique_ptr<ldap::ScriptedServer> server;
  std::unique_ptr<Importer> importer;
  std::optional<std::uint64_t> users;  // import_end's
  std::optional<std::string> failure;  // import_failed's
  std::uint64_t seen = 0;              // in batches
  std::size_t most = 0;

  // Answers the question for the root DSE, then `search` has the connection and the first search of users.
  void import_from(std::function<asio::awaitable<void>(Peer&, ber::Request)> search) {
    const Script script = [search = std::move(search)](Peer& peer) -> asio::awaitable<void> {
      const auto root = co_await peer.next();
      const std::vector<std::string> classes{"top", "OpenLDAProotDSE"};
      co_await peer.send(ber::entry(root.msgid, "", ber::attribute("objectClass", classes)) +
                         ber::searched(root.msgid));
      auto request = co_await peer.next();
      if (request.tag != 0) co_await search(peer, std::move(request));
    };
    server = std::make_unique<ldap::ScriptedServer>(loop, std::vector<Script>{script});
    ldap::ClientSettings client;
    client.urls = {server->url()};
    auto directory = std::make_shared<ldap::Client>(loop.get_executor(), std::move(client));
    importer = std::make_unique<Importer>(loop.get_executor(), directory, settings,
                                          [this](const proto::AgentFrame& frame) { return take(frame); });
    proto::ImportRequest request;
    request.import = ImportId{"import"};
    importer->request(request);
  }
  bool take(const proto::AgentFrame& frame) {
    most = std::max(most, live_bytes());
    if (const auto* batch = std::get_if<proto::ImportBatch>(&frame)) {
      seen += batch->users.size();
      importer->acknowledged({batch->import, batch->sequence});
    } else if (const auto* end = std::get_if<proto::ImportEnd>(&frame)) {
      users = end->users;
    } else if (const auto* failed = std::get_if<proto::ImportFailed>(&frame)) {
      failure = failed->reason;
    }
    return true;
  }
  bool finish(milliseconds patience = 20s) {
    return dirbridge::test::run_until(
        loop, [this] { return users || failure; }, patience);
  }
};

// 32 MiB of slack: what is in flight between socket, entries not taken, and a batch.
constexpr std::size_t slack = 32u << 20;

TEST_F(HostileImport, AMillionEntriesInOnePageCostNoMoreMemoryThanAThousand) {
  constexpr std::uint64_t count = dirbridge::test::is_sanitized ? 30'000 : 1'000'000;
  const auto before = live_bytes();
  const auto resident_before = resident_bytes();
  import_from([count](Peer& peer, ber::Request request) -> asio::awaitable<void> {
    std::string some;
    for (std::uint64_t i = 0; i < count; ++i) {
      some += user(request.msgid, i);
      if (some.size() < 65'536) continue;
      const auto sent = co_await peer.try_send(some);
      if (!sent) co_return;
      some.clear();
    }
    some += ber::searched_page(request.msgid, "");
    co_await peer.send(some);
    const auto groups = co_await peer.next();
    co_await peer.send(ber::searched_page(groups.msgid, ""));
    co_await peer.stay_silent();
  });
  ASSERT_TRUE(finish(100s));
  ASSERT_TRUE(users) << failure.value_or("");
  EXPECT_EQ(*users, count);
  EXPECT_EQ(seen, count);
  EXPECT_LT(most, before + slack);
  if (!dirbridge::test::is_sanitized) {
    EXPECT_LT(resident_bytes(), resident_before + 2 * slack);
    RecordProperty("most_allocated_kib", static_cast<int>((most - before) >> 10));
    RecordProperty("resident_kib",
                   static_cast<int>((resident_bytes() - std::min(resident_bytes(), resident_before)) >> 10));
    std::printf("%llu entries: at most %zu KiB allocated, resident from %zu to %zu KiB\n",
                static_cast<unsigned long long>(count), (most - before) >> 10, resident_before >> 10,
                resident_bytes() >> 10);
  }
}

TEST_F(HostileImport, PagesWithoutEndFailItAtItsTimeLimit) {
  settings.timeout = milliseconds{500};
  const auto before = live_bytes();
  import_from([](Peer& peer, ber::Request request) -> asio::awaitable<void> {
    for (std::uint64_t page = 0; request.tag != 0; ++page) {
      std::string some;
      for (std::uint64_t i = 0; i < 500; ++i) some += user(request.msgid, page * 500 + i);
      some += ber::searched_page(request.msgid, "cookie " + std::to_string(page));
      co_await peer.send(std::move(some));
      request = co_await peer.next();
    }
  });
  ASSERT_TRUE(finish());
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->find("import.timeout"), std::string::npos) << *failure;
  EXPECT_GT(seen, 0u);
  EXPECT_LT(most, before + slack);
  EXPECT_FALSE(importer->is_running());
}

TEST_F(HostileImport, ADropletNowAndThenFailsItAtItsTimeLimitToo) {
  settings.timeout = milliseconds{300};
  import_from([](Peer& peer, ber::Request request) -> asio::awaitable<void> {
    for (std::uint64_t number = 0;; ++number) {
      const auto entry = user(request.msgid, number);
      const auto sent = co_await peer.try_send(entry);
      if (!sent) co_return;
      co_await net::sleep_until(ldap::in(milliseconds{10}));
    }
  });
  ASSERT_TRUE(finish());
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->find("import.timeout"), std::string::npos) << *failure;
}

TEST_F(HostileImport, ASearchThatSaysNothingMoreFailsItWithoutWaitingForTheLimit) {
  settings.search_idle = milliseconds{200};
  import_from([](Peer& peer, ber::Request request) -> asio::awaitable<void> {
    const auto whole = user(request.msgid, 1);
    co_await peer.send(whole + whole.substr(0, whole.size() / 2));
    co_await peer.stay_silent();
  });
  ASSERT_TRUE(finish());
  EXPECT_TRUE(failure);
  EXPECT_FALSE(users) << "half an answer is no directory";
}

TEST_F(HostileImport, UsersOfMegabytesStayWithinMemory) {
  settings.timeout = milliseconds{1'000};
  const auto before = live_bytes();
  const auto large = [](int msgid, std::uint64_t number) {
    const auto id = std::to_string(number);
    return ber::entry(msgid, "uid=u" + id + ",ou=people,dc=org",
                      ber::attribute("entryUUID", {"id-" + id}) + ber::attribute("uid", {id}) +
                          ber::attribute("cn", {std::string(4 << 20, 'x')}));
  };
  import_from([large](Peer& peer, ber::Request request) -> asio::awaitable<void> {
    for (std::uint64_t number = 0;; ++number) {
      const auto entry = large(request.msgid, number);
      const auto sent = co_await peer.try_send(entry);
      if (!sent) co_return;
    }
  });
  ASSERT_TRUE(finish());
  EXPECT_TRUE(failure);
  EXPECT_LT(most, before + (160u << 20));
}

}  // namespace
}  // namespace dirbridge::agent
