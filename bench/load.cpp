#include "bench/load.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

namespace dirbridge::bench {
namespace {

// Longer than the hub's own wait: what it answers after a stall is its 504, not our impatience.
constexpr auto patience = std::chrono::seconds{180};
constexpr std::size_t max_answer = 64 << 10;

// All seats are of one group, and all in or all out.
std::string body_of(std::span<const Seat> seats) {
  std::string body = R"({"id":")" + seats.front().group + R"(","parameters":{"action":")" +
                     (seats.front().taken ? "REMOVE" : "ADD") + R"(","attribute":"member","values":[)";
  for (const Seat& seat : seats) body.append(&seat == seats.data() ? "\"" : ",\"").append(seat.user).append("\"");
  return body + "]}}";
}

}  // namespace

struct Load::Round {
  std::span<Seat> seats;
  SteadyTime end;
  Sample sample;
  std::size_t running = 0;
  std::exception_ptr bug;

  auto ended() {
    return [this](const std::exception_ptr& thrown) {
      --running;
      if (thrown) bug = thrown;
    };
  }
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

// Empty if the answer was 200, else what was said.
asio::awaitable<std::string> Load::post(net::HttpClient& client, std::string body) {
  net::HttpRequest request;
  request.method = "POST";
  request.target = target_;
  request.headers.emplace("Authorization", authorization_);
  request.headers.emplace("Content-Type", "application/json");
  request.body = std::move(body);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto answer = co_await client.send(std::move(request), deadline, max_answer);
  if (!answer) co_return answer.error().message();
  if (answer->status == 200) co_return std::string{};
  co_return std::to_string(answer->status) + " " + answer->body;
}

asio::awaitable<void> Load::call(std::size_t caller, Round& round) {
  Seat& seat = round.seats[caller];
  auto before = std::chrono::steady_clock::now();
  while (before < round.end && seat.certain) {
    const std::string refused = co_await post(*clients_[caller], body_of({&seat, 1}));
    const auto after = std::chrono::steady_clock::now();
    if (refused.empty()) {
      seat.turn();
      // What was answered after the end is true, but not of this round.
      if (after <= round.end) round.sample.latencies.push_back(after - before);
    } else {
      seat.certain = false;
      ++round.sample.failures[refused];
    }
    before = after;
  }
}

asio::awaitable<void> Load::change(net::HttpClient& client, std::span<Seat> seats, Round& round) {
  const std::string refused = co_await post(client, body_of(seats));
  if (!refused.empty()) ++round.sample.failures[refused];
  for (Seat& seat : seats) seat.turn();
}

void Load::drive(Round& round) {
  loop_.restart();
  while (round.running > 0 && loop_.run_one() > 0) {
  }
  if (round.bug) std::rethrow_exception(round.bug);
}

void Load::each_once(std::span<Seat> seats) {
  if (seats.size() > clients_.size()) throw std::logic_error("more seats than callers");
  Round round{seats, {}, {}, seats.size(), nullptr};
  for (std::size_t i = 0; i < seats.size(); ++i) {
    asio::co_spawn(loop_, change(*clients_[i], seats.subspan(i, 1), round), round.ended());
  }
  drive(round);
  if (!round.sample.failures.empty()) throw std::runtime_error(round.sample.failures.begin()->first);
}

void Load::change_all(std::span<Seat> seats) {
  Round round{seats, {}, {}, 1, nullptr};
  asio::co_spawn(loop_, change(*clients_.front(), seats, round), round.ended());
  drive(round);
  if (!round.sample.failures.empty()) throw std::runtime_error(round.sample.failures.begin()->first);
}

Sample Load::run(std::span<Seat> seats, Duration length) {
  if (seats.size() > clients_.size()) throw std::logic_error("more seats than callers");
  const auto begin = std::chrono::steady_clock::now();
  Round round{seats, begin + length, {}, seats.size(), nullptr};
  for (std::size_t i = 0; i < seats.size(); ++i) {
    asio::co_spawn(loop_, call(i, round), round.ended());
  }
  drive(round);
  round.sample.changes = round.sample.latencies.size();
  round.sample.elapsed = length;
  return std::move(round.sample);
}

}  // namespace dirbridge::bench
