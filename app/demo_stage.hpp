// The demo's three processes: a private slapd, a hub and an agent, in one folder, on free ports.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "app/api_client.hpp"
#include "lab/ldap_gate.hpp"
#include "lab/ldap_tools.hpp"
#include "lab/private_slapd.hpp"
#include "lab/process.hpp"
#include "lab/sample_organisation.hpp"

namespace dirbridge::app {

// The demo's deadlines: short, so that a tour of every failure takes seconds. They nest as in production.
namespace demo_deadlines {
inline constexpr milliseconds request{2'000};
inline constexpr milliseconds lease{1'500};
inline constexpr milliseconds operation{1'000};
inline constexpr milliseconds settle{2'000};
}  // namespace demo_deadlines

// Waits until `condition` holds, asking every few milliseconds; false at the deadline. Throws Interrupted after Ctrl-C.
bool await(const std::function<bool()>& condition, milliseconds limit);

struct Interrupted {};
// From then on SIGINT, SIGTERM and SIGHUP only set a flag, which check_interrupt() and await() turn into Interrupted.
void catch_interrupts();
void check_interrupt();
bool is_interrupted();

// Every member throws CommandFailure with the log's last words if something does not come up. The processes end with
// this object, and with this process even if it is killed.
class Stage {
 public:
  // `folder` must be empty or not there yet.
  explicit Stage(std::string folder);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  // slapd with the sample organisation, the hub, a directory, and an enrolled, connected agent.
  void start();
  void start_agent();   // returns when the hub says that it is connected
  void stop_agent();    // SIGTERM; returns when it has ended and the hub has noticed
  void freeze_agent();  // SIGSTOP; returns when it has stopped
  void thaw_agent();
  lab::Process& agent() { return agent_; }
  lab::Process& hub() { return hub_; }
  lab::PrivateSlapd& slapd() { return *slapd_; }
  lab::LdapGate& gate() { return *gate_; }               // on the agent's way to slapd
  const lab::LdapTools& ldap() const { return *ldap_; }  // the directory's own word
  const lab::Organisation& organisation() const { return organisation_; }
  Api& api() { return *api_; }            // with the operator's token
  Api& stranger() { return *stranger_; }  // without any

  const std::string& folder() const { return folder_; }
  const std::string& url() const { return url_; }
  const std::string& directory() const { return directory_; }
  std::string token_file() const { return folder_ + "/hub/operator.token"; }
  std::string hub_log() const { return folder_ + "/hub.log"; }
  std::string slapd_log() const { return folder_ + "/slapd/slapd.log"; }
  std::string agent_log() const { return folder_ + "/agent.log"; }
  static std::string program();  // this executable's path

 private:
  void start_hub();
  void read_hub_ready();
  void write_agent_config(const std::string& hub_tls_url);
  [[noreturn]] void fail(const std::string& what, const std::string& log) const;

  std::string folder_;
  std::string url_;
  std::string directory_;
  int ready_fd_ = -1;  // where the hub writes its ready line
  lab::Organisation organisation_ = lab::sample_organisation();
  std::unique_ptr<lab::PrivateSlapd> slapd_;
  std::unique_ptr<lab::LdapGate> gate_;
  std::unique_ptr<lab::LdapTools> ldap_;
  lab::Process hub_;
  lab::Process agent_;
  std::unique_ptr<Http> http_;
  std::unique_ptr<Api> api_;
  std::unique_ptr<Api> stranger_;
};

}  // namespace dirbridge::app
