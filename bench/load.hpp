// The callers: HTTP clients that each keep one connection and one change under way, all on one thread.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "bench/workload.hpp"
#include "net/http_client.hpp"

namespace dirbridge::bench {

namespace asio = boost::asio;

class Load {
 public:
  // `callers` connections to `hub`, opened by the first run() and kept between runs.
  Load(asio::io_context& loop, const net::Url& hub, const std::string& directory, const Secret& token,
       std::size_t callers);

  // Caller i turns seat i around again and again until `length` has passed; returns when the last one has its answer.
  // At most as many seats as callers. A seat whose answer was not 200 becomes uncertain and is left alone.
  Sample run(std::span<Seat> seats, Duration length);

  // Turns each seat around once, all of them at the same time.
  void each_once(std::span<Seat> seats);
  // Turns all seats of one group around in one request. Both throw std::runtime_error with an answer other than 200.
  void change_all(std::span<Seat> seats);

 private:
  struct Round;
  asio::awaitable<void> call(std::size_t caller, Round& round);
  asio::awaitable<std::string> post(net::HttpClient& client, std::string body);
  asio::awaitable<void> change(net::HttpClient& client, std::span<Seat> seats, Round& round);
  void drive(Round& round);

  asio::io_context& loop_;
  std::string target_;
  std::string authorization_;
  std::vector<std::unique_ptr<net::HttpClient>> clients_;
};

}  // namespace dirbridge::bench
