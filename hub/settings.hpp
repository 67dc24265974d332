// Everything a hub can be told; app/ fills it from TOML, environment and flags. Every bound has a name here.
#pragma once
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/problems.hpp"
#include "hub/contract.hpp"
#include "hub/http/rate_limits.hpp"
#include "net/http_server.hpp"
#include "queue/job_queue.hpp"

namespace dirbridge::hub {

struct HubSettings {
  std::string data_dir = "dirbridge-data";       // ledger.sqlite, operator.token, ca.pem, ca.key, hub.pem, hub.key
  net::ListenAddress listen{"127.0.0.1", 8080};  // plain HTTP and ws://
  net::ListenAddress listen_tls{"127.0.0.1", 8443};
  bool plain = true;             // serve `listen`
  bool tls = true;               // serve `listen_tls`
  std::string certificate_file;  // PEM chain; empty: issued by the hub's own authority in data_dir
  std::string key_file;
  std::vector<std::string> names{"localhost", "127.0.0.1"};  // of the issued certificate
  std::string public_url;                                    // in _links, no '/' at its end; empty: that of the request

  milliseconds request_timeout{20'000};    // POST groups/modify: the caller's wait before 504
  queue::QueueSettings queue;              // lease < request_timeout
  milliseconds heartbeat{5'000};           // agents send one this often
  milliseconds silence{30'000};            // no frame from an agent for this long: it is gone
  milliseconds challenge_timeout{10'000};  // a socket that has not proved itself by then is closed
  milliseconds enrol_code_lifetime{3'600'000};
  milliseconds max_poll_wait{60'000};
  std::size_t max_agents = 256;  // sessions
  std::size_t max_waiting_requests = 10'000;
  RateSettings rates;
  ContractSettings contract;
  milliseconds read_lifetime{600'000};  // the result of an attribute query can be fetched for this long
  std::string hook_ca_file;             // PEM: who signs the receivers of event hooks; empty: the system's store
  milliseconds stop_grace{5'000};
  net::HttpLimits http;
};

// Everything that is wrong with them, before anything is made on disk. Reads the certificate and its key if they are
// named.
Problems problems_of(const HubSettings& settings);

}  // namespace dirbridge::hub
