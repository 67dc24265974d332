// The product as a user runs it: a hub process and an agent process between the callers and slapd, on plain ws://.
#pragma once
#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "base/secret.hpp"
#include "bench/workload.hpp"
#include "json/json.hpp"
#include "lab/process.hpp"
#include "net/http_client.hpp"

namespace dirbridge::bench {

namespace asio = boost::asio;

struct FullPathSettings {
  std::string program;  // path of `dirbridge`
  std::string folder;   // for data, state, settings and logs of both; exists
  std::string ldap_url;
  std::string ldap_ca_file{};  // for ldaps
  std::string bind_dn;
  Secret password;
  std::string user_base;
  std::string group_base;
  std::string user_filter{};  // empty: as the agent comes
  std::string group_filter{};
  std::chrono::seconds request_timeout{};  // the caller's wait; 0: as the hub comes
};

// Both processes live as long as this object. One thread: `loop` is run inside the calls. Throws std::runtime_error
// that says which step failed and where its log is.
class FullPath {
 public:
  // Starts the hub, makes a directory, enrols and starts the agent, imports, and learns the ids of users and groups.
  FullPath(asio::io_context& loop, FullPathSettings settings);
  ~FullPath();

  const net::Url& url() const { return url_; }
  const Secret& token() const { return token_; }
  const std::string& directory() const { return directory_; }
  pid_t hub() const { return hub_.pid(); }
  pid_t agent() const { return agent_.pid(); }

  // Fills in the Okta ids of every seat.
  void identify(std::span<Seat> seats) const;

 private:
  // Starts `dirbridge <role>` on <folder>/<role>.toml and gives its ready line.
  nlohmann::json start(lab::Process& process, const std::string& role, const std::string& toml);
  std::string log_of(const std::string& role) const { return settings_.folder + "/" + role + ".log"; }
  void start_hub();
  std::string ldap_extra() const;
  void enrol_and_start_agent();
  void import();
  void learn_ids(const std::string& resource, std::unordered_map<std::string, std::string>& ids);
  nlohmann::json call(const std::string& method, const std::string& target, const nlohmann::json& body = nullptr);
  net::HttpResponse send(const std::string& method, const std::string& target, const nlohmann::json& body);

  asio::io_context& loop_;
  FullPathSettings settings_;
  lab::Process hub_;
  lab::Process agent_;
  net::Url url_;
  Secret token_;
  std::string directory_;
  std::unique_ptr<net::HttpClient> client_;
  std::unordered_map<std::string, std::string> groups_;  // lower-case DN to Okta id
  std::unordered_map<std::string, std::string> users_;
};

}  // namespace dirbridge::bench
