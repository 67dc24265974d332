// Runs one coroutine of a test to its end, and hands over what it returns.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

namespace dirbridge::test {

// On `loop`, which does nothing else before and after: what else runs on it stands still. Rethrows what it throws; a
// story without an end throws after two minutes: a server may be slow on a busy machine.
template <class T>
T run_to_result(boost::asio::io_context& loop, boost::asio::awaitable<T> story) {
  std::optional<T> value;
  std::exception_ptr failure;
  boost::asio::co_spawn(loop, std::move(story), [&](std::exception_ptr thrown, T got) {
    failure = thrown;
    value.emplace(std::move(got));
    loop.stop();
  });
  loop.restart();
  loop.run_for(std::chrono::seconds{120});
  if (failure) std::rethrow_exception(failure);
  if (!value) throw std::runtime_error("the story did not come to its end");
  return std::move(*value);
}

}  // namespace dirbridge::test
