// Runs one coroutine on an io_context of its own and gives its value; what it throws is thrown. A test that hangs fails
// after 20 seconds instead of stopping the suite.
#pragma once
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>

#include "net/deadline.hpp"

namespace dirbridge::net {

template <class Story>
auto run(Story story) {
  using Awaitable = decltype(story());
  using Value = typename Awaitable::value_type;
  using Stored = std::conditional_t<std::is_void_v<Value>, bool, Value>;
  asio::io_context loop;
  std::optional<Stored> value;
  std::exception_ptr failure;
  const auto body = [&]() -> asio::awaitable<void> {
    if constexpr (std::is_void_v<Value>) {
      co_await story();
      value.emplace(true);
    } else {
      value.emplace(co_await story());
    }
  };
  asio::co_spawn(loop, body, [&](std::exception_ptr e) {
    failure = e;
    loop.stop();
  });
  loop.run_for(std::chrono::seconds{20});
  if (failure) std::rethrow_exception(failure);
  if (!value) throw std::runtime_error("the story did not end within 20 s");
  if constexpr (!std::is_void_v<Value>) return std::move(*value);
}

}  // namespace dirbridge::net
