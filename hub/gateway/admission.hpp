// Letting an agent in: enrolment with a one-time code, then proof of its key.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <string>

#include "hub/settings.hpp"
#include "hub/store.hpp"
#include "net/web_socket.hpp"
#include "proto/frames.hpp"

namespace dirbridge::hub {

struct Admitted {
  AgentId agent;
  DirectoryId directory;
  std::string name;
  std::string software;
  std::string instance;
  int version = 1;  // of the protocol, as the agent speaks it
  bool enrolled_now = false;
};

// Speaks hello → (enrolled) → challenge → proof on `socket`; `welcome` is left to the caller. The error's code says
// whether the agent may come back: errc::denied means never with this identity or code.
asio::awaitable<result<Admitted>> admit(net::WebSocket& socket, Store& store, const Clock& clock,
                                        const HubSettings& settings);

}  // namespace dirbridge::hub
