#include "bench/bulk.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <utility>

#include "bench/full_path.hpp"
#include "bench/ldapmodify.hpp"
#include "bench/load.hpp"
#include "bench/process_use.hpp"
#include "bench/raw_ldap.hpp"

namespace dirbridge::bench {
namespace {

// The caller's wait of a large request: 389 DS needs seconds for what OpenLDAP does in a tenth of one.
constexpr std::chrono::seconds caller_wait{120};

// Searches under way in the look-up's floor: the agent's own window.
constexpr std::size_t look_window = 64;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

std::vector<Seat> seats_of(const std::string& group, const std::vector<std::string>& people, std::size_t count) {
  std::vector<Seat> seats;
  // Person 1 stays in the group: a class may demand a member.
  for (std::size_t i = 1; i <= count; ++i) {
    Seat seat;
    seat.group_dn = group;
    seat.user_dn = people.at(i);
    seats.push_back(std::move(seat));
  }
  return seats;
}

void expect_members(RawLdap& raw, const std::string& group, std::size_t wanted, const std::string& after) {
  const auto found = raw.members(group).size();
  if (found == wanted) return;
  throw std::runtime_error("after " + after + " " + group + " has " + std::to_string(found) + " members, not " +
                           std::to_string(wanted));
}

class OneServer {
 public:
  OneServer(const BulkServer::Kind& kind, const BulkServer& server, const BulkPlan& plan, const std::string& folder,
            const std::string& program)
      : kind_(kind),
        tool_(folder, server.url, server.bind_dn, server.password, server.ca_file),
        raw_(server.url, server.bind_dn, server.password, server.ca_file),
        full_(loop_, {.program = program,
                      .folder = folder,
                      .ldap_url = server.url,
                      .ldap_ca_file = server.ca_file,
                      .bind_dn = server.bind_dn,
                      .password = server.password,
                      .user_base = server.user_base,
                      .group_base = server.group_base,
                      .user_filter = server.user_filter,
                      .group_filter = server.group_filter,
                      .request_timeout = caller_wait}),
        large_(seats_of(server.large_group, server.people, plan.values)),
        small_(seats_of(server.small_group, server.people, plan.singles)),
        load_(loop_, full_.url(), full_.directory(), full_.token(), plan.singles) {
    full_.identify(large_);
    full_.identify(small_);
  }

  void tool_side(BulkRound& round) {
    large_side(
        "ldapmodify", round.tool, [&] { tool_.run(); }, [&] { tool_.prepare(large_, kind_.chunk); });
  }
  void raw_side(BulkRound& round) {
    large_side("libldap", round.raw, [&] { raw_.change_all(large_, kind_.chunk); });
    small_side("libldap", round.raw, [&] { raw_.each_once(small_); });
    round.look = seconds_of([&] { raw_.look_at_each(large_, look_window); });
  }
  void full_side(BulkRound& round) {
    const auto hub = [&] { return std::chrono::duration<double>(cpu_time(full_.hub())).count(); };
    const auto agent = [&] { return std::chrono::duration<double>(cpu_time(full_.agent())).count(); };
    auto hub_before = hub();
    auto agent_before = agent();
    after_step_ = [&](double BulkRound::Times::*step) {
      const auto hub_now = hub();
      const auto agent_now = agent();
      round.hub_cpu.*step = hub_now - std::exchange(hub_before, hub_now);
      round.agent_cpu.*step = agent_now - std::exchange(agent_before, agent_now);
    };
    large_side("Dirbridge", round.full, [&] { load_.change_all(large_); });
    small_side("Dirbridge", round.full, [&] { load_.each_once(small_); });
    after_step_ = nullptr;
  }

 private:
  using Work = std::function<void()>;
  // Each call turns its seats around: in, then out again. `prepare` is not counted.
  void large_side(const std::string& who, BulkRound::Times& times, const Work& work, const Work& prepare = nullptr) {
    step(&BulkRound::Times::large_add, times, who + "'s large ADD", large_, work, prepare);
    step(&BulkRound::Times::large_remove, times, who + "'s large REMOVE", large_, work, prepare);
  }
  void small_side(const std::string& who, BulkRound::Times& times, const Work& work) {
    step(&BulkRound::Times::small_add, times, who + "'s small ADDs", small_, work, nullptr);
    step(&BulkRound::Times::small_remove, times, who + "'s small REMOVEs", small_, work, nullptr);
  }
  void step(double BulkRound::Times::*time, BulkRound::Times& times, const std::string& what, std::vector<Seat>& seats,
            const Work& work, const Work& prepare) {
    if (prepare) prepare();
    times.*time = seconds_of(work);
    if (after_step_) after_step_(time);
    // The program knows nothing of seats.
    if (prepare) std::ranges::for_each(seats, &Seat::turn);
    const auto wanted = 1 + static_cast<std::size_t>(std::ranges::count(seats, true, &Seat::taken));
    expect_members(raw_, seats.front().group_dn, wanted, what);
  }

  BulkServer::Kind kind_;
  asio::io_context loop_{1};
  LdapModify tool_;
  RawLdap raw_;
  FullPath full_;
  std::vector<Seat> large_;
  std::vector<Seat> small_;
  Load load_;
  std::function<void(double BulkRound::Times::*)> after_step_;
};

BulkResult run_server(BulkServer::Kind kind, BulkPlan plan, const std::string& folder, const std::string& program,
                      const std::function<void(const std::string&)>& progress) {
  if (plan.values == 0) plan.values = kind.values;
  if (plan.chunk != 0) kind.chunk = plan.chunk;
  std::filesystem::create_directory(folder);
  progress(std::string{"starting "} + kind.title);
  BulkResult result{kind, plan.values, plan.singles, 0, {}};
  std::unique_ptr<BulkServer> server;
  result.setup_seconds = seconds_of([&] {
    auto started = BulkServer::start(kind, folder + "/s", std::max(plan.values, plan.singles) + 1);
    if (!started) throw std::runtime_error(started.error().message());
    server = std::move(*started);
  });
  progress(std::string{kind.title} + ": import");
  OneServer stage{kind, *server, plan, folder, program};
  for (int i = 0; i < plan.rounds; ++i) {
    progress(std::string{kind.title} + " " + std::to_string(i + 1) + "/" + std::to_string(plan.rounds));
    BulkRound round;
    if (i % 2 == 1) stage.full_side(round);
    stage.tool_side(round);
    stage.raw_side(round);
    if (i % 2 == 0) stage.full_side(round);
    result.rounds.push_back(round);
  }
  return result;
}

}  // namespace

BulkReport run_bulk(const BulkPlan& plan, const std::vector<std::string>& servers, const std::string& folder,
                    const std::string& program, const std::function<void(const std::string&)>& progress) {
  BulkReport report;
  for (const auto& kind : BulkServer::kinds()) {
    if (!servers.empty() && std::ranges::find(servers, kind.name) == servers.end()) continue;
    report.results.push_back(
        run_server(kind, plan, folder + "/" + std::string{kind.name}.substr(0, 1), program, progress));
  }
  return report;
}

}  // namespace dirbridge::bench
