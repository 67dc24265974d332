#include "bench/bulk.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <stdexcept>

#include "bench/full_path.hpp"
#include "bench/load.hpp"
#include "bench/raw_ldap.hpp"

namespace dirbridge::bench {
namespace {

// The caller's wait of a large request: 389 DS needs seconds for what OpenLDAP does in a tenth of one.
constexpr std::chrono::seconds caller_wait{120};

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
        raw_(server.url, server.bind_dn, server.password, server.ca_file),
        full_(loop_, {.program = program,
                      .folder = folder,
                      .ldap_url = server.url,
                      .ldap_ca_file = server.ca_file,
                      .bind_dn = server.bind_dn,
                      .password = server.password,
                      .user_base = server.user_base,
                      .group_base = server.group_base,
                      .request_timeout = caller_wait}),
        large_(seats_of(server.large_group, server.people, plan.values)),
        small_(seats_of(server.small_group, server.people, plan.singles)),
        load_(loop_, full_.url(), full_.directory(), full_.token(), plan.singles) {
    full_.identify(large_);
    full_.identify(small_);
  }

  BulkRound::Times raw_side() {
    const auto large = [&] { raw_.change_all(large_, kind_.chunk); };
    const auto small = [&] { raw_.each_once(small_); };
    return side("libldap", large, small);
  }
  BulkRound::Times full_side() {
    const auto large = [&] { load_.change_all(large_); };
    const auto small = [&] { load_.each_once(small_); };
    return side("Dirbridge", large, small);
  }

 private:
  // Each call turns its seats around: in, then out again.
  BulkRound::Times side(const std::string& who, const std::function<void()>& large,
                        const std::function<void()>& small) {
    BulkRound::Times times;
    const auto step = [&](double& time, const std::function<void()>& work, std::vector<Seat>& seats,
                          const std::string& what) {
      time = seconds_of(work);
      const auto wanted = 1 + static_cast<std::size_t>(std::ranges::count(seats, true, &Seat::taken));
      expect_members(raw_, seats.front().group_dn, wanted, who + "'s " + what);
    };
    step(times.large_add, large, large_, "large ADD");
    step(times.large_remove, large, large_, "large REMOVE");
    step(times.small_add, small, small_, "small ADDs");
    step(times.small_remove, small, small_, "small REMOVEs");
    return times;
  }

  BulkServer::Kind kind_;
  asio::io_context loop_{1};
  RawLdap raw_;
  FullPath full_;
  std::vector<Seat> large_;
  std::vector<Seat> small_;
  Load load_;
};

BulkResult run_server(const BulkServer::Kind& kind, BulkPlan plan, const std::string& folder,
                      const std::string& program, const std::function<void(const std::string&)>& progress) {
  if (plan.values == 0) plan.values = kind.values;
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
    if (i % 2 == 0) {
      round.raw = stage.raw_side();
      round.full = stage.full_side();
    } else {
      round.full = stage.full_side();
      round.raw = stage.raw_side();
    }
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
