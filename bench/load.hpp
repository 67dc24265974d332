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

 private:
  struct Round;
  asio::awaitable<void> call(std::size_t caller, Round& round);

  asio::io_context& loop_;
  std::string target_;
  std::string authorization_;
  std::vector<std::unique_ptr<net::HttpClient>> clients_;
};

}  // namespace dirbridge::bench
