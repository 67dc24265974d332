// A whole Dirbridge as people run it: a private slapd, a hub and an agent, each a process of its own that can be
// killed, frozen and started again. Blocking; failures throw std::runtime_error with what the processes said.
#pragma once
#include <string>
#include <vector>

#include "json/json.hpp"
#include "lab/ldap_gate.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/private_slapd.hpp"
#include "lab/process.hpp"
#include "lab/sample_organisation.hpp"
#include "net/http_client.hpp"

namespace dirbridge::e2e {

namespace asio = boost::asio;

struct WorldSettings {
  bool tls = false;  // wss:// between agent and hub
  milliseconds request_timeout{2'000};
  milliseconds lease{1'200};
  milliseconds operation_timeout{800};
  milliseconds settle{1'500};
};

class World {
 public:
  explicit World(WorldSettings settings = {});
  ~World();

  lab::PrivateSlapd& slapd() { return *slapd_; }
  // slapd is frozen when the next modify has left the agent and before slapd has read it.
  void freeze_slapd_at_modify();
  void await_modify();  // throws if none came
  lab::Process& hub() { return hub_; }
  lab::Process& agent() { return agent_; }
  lab::LdapTools tools() const;

  void start_hub();    // and waits until it answers /readyz
  void start_agent();  // does not wait; see await_agent()
  void await_agent();  // until the hub says it is connected
  void await_no_agent();
  // Until the agent has logged this, since the call.
  void await_in_agent_log(const std::string& words);
  static void freeze(lab::Process& process);
  static void kill(lab::Process& process);

  const std::string& folder() const { return folder_; }
  const std::string& url() const { return url_; }
  std::string tls_url() const { return "https://127.0.0.1:" + std::to_string(tls_port_); }  // with WorldSettings::tls
  std::string token() const;
  const std::string& directory() const { return directory_; }

  // Okta ids by name and login, from the import.
  std::string group(const std::string& name);
  std::string user(const std::string& login);

  struct Answer {
    int status = 0;  // 0: no answer
    net::Headers headers;
    std::string body;
    std::string job;  // X-Dirbridge-Job
    Json json() const { return Json::parse(body); }
  };
  // `authorization`: the whole header in place of the token's; nobody: none at all.
  static constexpr const char* nobody = "-";
  Answer call(const std::string& method, const std::string& target, const std::string& body = {},
              const std::string& authorization = {});
  Answer modify(const std::string& action, const std::string& group, const std::string& attribute,
                const std::vector<std::string>& users);
  Json job(const std::string& id);
  // Waits until the job is closed and returns it.
  Json closed_job(const std::string& id, milliseconds within = milliseconds{15'000});
  // Runs the program's own command; stdout, and the exit code in `status`.
  std::string command(std::vector<std::string> arguments, int* status = nullptr);

 private:
  std::string write_config();
  [[noreturn]] void fail(const std::string& what);

  WorldSettings settings_;
  std::string program_;
  std::string folder_;
  std::unique_ptr<lab::PrivateSlapd> slapd_;
  std::unique_ptr<lab::LdapGate> gate_;  // on the agent's way to it
  lab::Process hub_;
  lab::Process agent_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::string url_;
  std::string config_;
  std::string directory_;
};

}  // namespace dirbridge::e2e
