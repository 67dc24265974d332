#include "bench/load.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

namespace dirbridge::bench {
namespace {

// Longer than the hub's own wait: what it answers after a stall is its 504, not our impatience.
constexpr auto patience = std::chrono::seconds{60};
constexpr std::size_t max_answer = 64 << 10;

std::string body_of(const Seat& seat) {
  return R"({"id":")" + seat.group + R"(","parameters":{"action":")" + (seat.taken ? "REMOVE" : "ADD") +
         R"(","attribute":"member","values":[")" + seat.user + R"("]}})";
}

}  // namespace

struct Load::Round {
  std::span<Seat> seats;
  SteadyTime end;
  Sample sample;
  std::size_t running = 0;
  std::exception_ptr bug;
};

Load::Load(asio::io_context& loop, const net::Url& hub, const std::string& directory, const Secret& token,
           std::size_t callers)
    : loop_(loop),
      target_("/api/v1/directories/" + directory + "/groups/modify"),
      authorization_("SSWS " + token.reveal()) {
  for (std::size_t i = 0; i < callers; ++i) {
    clients_.push_back(std::make_unique<net::HttpClient>(loop.get_executor(), hub, net::ClientSettings{}));
  }
}

asio::awaitable<void> Load::call(std::size_t caller, Round& round) {
  Seat& seat = round.seats[caller];
  auto before = std::chrono::steady_clock::now();
  while (before < round.end && seat.certain) {
    net::HttpRequest request;
    request.method = "POST";
    request.target = target_;
    request.headers.emplace("Authorization", authorization_);
    request.headers.emplace("Content-Type", "application/json");
    request.body = body_of(seat);
    const auto answer = co_await clients_[caller]->send(std::move(request), before + patience, max_answer);
    const auto after = std::chrono::steady_clock::now();
    if (answer && answer->status == 200) {
      seat.turn();
      // What was answered after the end is true, but not of this round.
      if (after <= round.end) round.sample.latencies.push_back(after - before);
    } else {
      seat.certain = false;
      const std::string said = answer ? std::to_string(answer->status) + " " + answer->body : answer.error().message();
      ++round.sample.failures[said];
    }
    before = after;
  }
}

Sample Load::run(std::span<Seat> seats, Duration length) {
  if (seats.size() > clients_.size()) throw std::logic_error("more seats than callers");
  const auto begin = std::chrono::steady_clock::now();
  Round round{seats, begin + length, {}, seats.size(), nullptr};
  for (std::size_t i = 0; i < seats.size(); ++i) {
    asio::co_spawn(loop_, call(i, round), [&round](const std::exception_ptr& thrown) {
      --round.running;
      if (thrown) round.bug = thrown;
    });
  }
  loop_.restart();
  while (round.running > 0 && loop_.run_one() > 0) {
  }
  if (round.bug) std::rethrow_exception(round.bug);
  round.sample.changes = round.sample.latencies.size();
  round.sample.elapsed = length;
  return std::move(round.sample);
}

}  // namespace dirbridge::bench
