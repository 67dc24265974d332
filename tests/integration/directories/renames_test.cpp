// A thousand changes named as they were at the beginning, while their users and groups are renamed, moved and deleted:
// what the directory holds in the end is what the reports say.
#include <algorithm>
#include <random>
#include <set>

#include "integration/directories/directories_fixture.hpp"
#include "integration/directories/stage.hpp"

namespace dirbridge::directories {
namespace {

class Renames : public OnEachServer {
 protected:
  static constexpr int users = 24;
  static constexpr int groups = 6;
  static constexpr int changes = 1'000;
  static constexpr int at_once = 25;

  struct Entry {
    Stage::Value imported;  // as every job names it
    std::string now;        // its DN
    bool gone = false;
  };

  void make_entries(Stage& stage) {
    for (int i = 0; i < users; ++i) {
      const auto dn = server().make_person("walker " + std::to_string(i));
      users_.push_back({stage.known(dn), dn});
    }
    for (int i = 0; i < groups; ++i) {
      const auto group = stage.group({});
      groups_.push_back({group, group.dn});
    }
    held_.resize(groups);
  }

  // One user or group gets another name or place, or goes.
  void disturb(int round) {
    const auto number = std::to_string(round);
    auto& user = users_[pick(users)];
    if (round % 9 == 8) {
      if (!user.gone) server().remove_entry(user.now);
      user.gone = true;
      for (auto& members : held_) members.erase(user.imported.dn);
    } else if (round % 3 == 2 && !user.gone) {
      const bool in_groups = user.now.ends_with(server().groups_base());
      user.now =
          server().rename(user.now, "cn=moved " + number, in_groups ? server().people_base() : server().groups_base());
    } else if (round % 3 == 1 && !user.gone) {
      user.now = server().rename(user.now, "cn=renamed " + number);
    } else {
      auto& group = groups_[pick(groups)];
      if (!group.gone) group.now = server().rename(group.now, "cn=regrouped " + number);
    }
    if (round == changes / at_once - 5) {
      server().remove_entry(groups_[0].now);
      groups_[0].gone = true;
    }
  }

  // One burst, and what the reports must be.
  void burst(Stage& stage) {
    std::vector<Stage::Change> jobs;
    std::vector<std::string> wanted;
    for (int i = 0; i < at_once; ++i) {
      const auto g = pick(groups), u = pick(users);
      const auto& group = groups_[g];
      const auto& user = users_[u];
      const bool is_add = random_() % 2 == 0;
      jobs.push_back(is_add ? Stage::add(group.imported, {user.imported})
                            : Stage::remove(group.imported, {user.imported}));
      const bool refused = group.gone || (is_add && user.gone);
      wanted.push_back(refused ? "refused" : "done");
      if (refused) continue;
      if (is_add)
        held_[g].insert(user.imported.dn);
      else
        held_[g].erase(user.imported.dn);
    }
    const auto first = stage.delivered();
    stage.deliver(jobs);
    ASSERT_TRUE(stage.finish());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const auto& outcome = stage.outcome(first + i);
      EXPECT_EQ(outcome.is_success() ? "done" : to_text(outcome.verdict()), wanted[i])
          << jobs[i].values[0].dn << " in " << jobs[i].group.dn << ": " << outcome.of(0).code << " "
          << outcome.of(0).diagnostic << " " << outcome.of(0).advice;
    }
  }

  std::size_t pick(int count) { return random_() % static_cast<unsigned>(count); }

  std::mt19937 random_{20};
  std::vector<Entry> users_;
  std::vector<Entry> groups_;
  std::vector<std::set<std::string>> held_;  // by the reports: names at import
};
DIRBRIDGE_ON_EACH_SERVER(Renames);

TEST_P(Renames, TheDirectoryHoldsWhatTheReportsSay) {
  Stage stage{server()};
  make_entries(stage);
  for (int round = 0; round < changes / at_once; ++round) {
    disturb(round);
    burst(stage);
    if (HasFatalFailure()) return;
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (groups_[g].gone) continue;
    for (const auto& user : users_) {
      if (user.gone) continue;
      EXPECT_EQ(server().holds(groups_[g].now, "member", user.now), held_[g].contains(user.imported.dn))
          << user.now << " in " << groups_[g].now;
    }
    // Nobody else: no name of the past, nobody who is gone.
    const auto members = server().admin().values(groups_[g].now, "member");
    ASSERT_TRUE(members) << members.error().message();
    const std::size_t anchor = GetParam() == Server::samba ? 0 : 1;
    EXPECT_EQ(members->size(), held_[g].size() + anchor) << groups_[g].now;
  }
}

}  // namespace
}  // namespace dirbridge::directories
