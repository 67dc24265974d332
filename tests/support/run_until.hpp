// Turns an io_context until something is so, or a deadline says that it never will be.
#pragma once
#include <boost/asio/io_context.hpp>
#include <chrono>

namespace dirbridge::test {

template <class Condition>
bool run_until(boost::asio::io_context& loop, Condition condition,
               std::chrono::milliseconds patience = std::chrono::seconds{10}) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    if (loop.stopped()) loop.restart();
    loop.run_one_for(std::chrono::milliseconds{20});
  }
  return true;
}

}  // namespace dirbridge::test
