// The agent's directory: connects on demand, keeps one connection for writes and one for reads, comes back after
// failures.
//
// Two connections, because a read-back must work while the writing one waits for its answer. Both go to one server at a
// time: what was written there is read there, and another one is used only when replication had its time
// (server_choice.hpp). All calls on the io_context's thread; destroying it ends its connections
// (what was sent is then `lost`).
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/problems.hpp"
#include "base/secret.hpp"
#include "ldap/directory.hpp"
#include "ldap/kerberos_settings.hpp"
#include "ldap/server_choice.hpp"
#include "ldap/session.hpp"

namespace dirbridge::ldap {

struct ClientSettings {
  std::vector<std::string> urls;   // ldap://, ldaps://, ldapi://; in order of preference
  bool starttls = false;           // on ldap://
  std::string ca_file;             // PEM; empty: the system's store
  bool allow_cleartext = false;    // a password over plain ldap:// to another machine
  std::string bind_dn;             // empty, no sasl_external, no keytab: anonymous
  std::string bind_password_file;  // read again at each bind; one trailing line end is dropped
  bool sasl_external = false;      // SASL EXTERNAL: ldapi://, or TLS with a certificate of our own
  KerberosSettings kerberos;       // with a keytab: SASL GSSAPI, signed and sealed, over ldap:// only
  std::string certificate_file;    // PEM, for sasl_external over TLS
  std::string key_file;
  milliseconds connect_timeout{5000};
  milliseconds tls_timeout{5000};  // also of the StartTLS operation
  milliseconds bind_timeout{5000};
  milliseconds operation_timeout{8000};  // the longest wait for one message of a read
  std::size_t window = 64;               // outstanding operations per connection, 1 to 900
  milliseconds idle{300'000};            // an unused connection is unbound; 0: never
  milliseconds reconnect_base{100};      // doubled up to reconnect_max after each failure, with jitter
  milliseconds reconnect_max{10'000};
  milliseconds refused_interval{
      5000};  // between binds while credentials or certificates are refused; doubled for one password
  std::vector<std::string> priorities{};  // a number for each url, the smallest first; empty: the order of urls
  ServerChoiceSettings choice;            // among several urls
  std::size_t max_message_bytes = SessionLimits{}.max_message_bytes;
};
// Everything that is wrong with them. Reads no file.
Problems problems_of(const ClientSettings& settings);
inline result<void> check(const ClientSettings& settings) { return to_result(problems_of(settings)); }

class Client final : public Directory {
 public:
  Client(asio::any_io_executor executor, ClientSettings settings);
  ~Client() override;

  // While the server is away it is tried again until `deadline`; while it refuses us (credentials, certificate) the
  // answer is not_sent at once. not_sent as well if the server takes no writes and another may (a copy's referral, or
  // unwillingToPerform): the next modify goes there.
  asio::awaitable<std::unique_ptr<PendingModify>> modify(ModifyRequest request, TimePoint deadline) override;
  asio::awaitable<result<std::vector<bool>>> has_values(Dn target, std::string attribute, std::vector<Dn> values,
                                                        TimePoint deadline) override;
  asio::awaitable<result<std::vector<bool>>> are_here(std::vector<Dn> names, TimePoint deadline) override;
  // One paged search at a time (slapd keeps one paging state per connection); others wait their turn for `idle`. A sink
  // may read (has_values, unpaged searches), but not search in pages.
  asio::awaitable<result<std::uint64_t>> search(SearchRequest request, EntrySink sink, milliseconds idle) override;
  DirectoryStatus status() const override;
  // Reads the root DSE of the server in use, once. Until then names go out as DNs; afterwards as its kind wants them.
  asio::awaitable<result<ServerKind>> kind(TimePoint deadline) override;
  // OpenLDAP: the modify itself under the No-Op control. 389 DS and Active Directory: what they say of our rights.
  asio::awaitable<result<std::optional<Forecast>>> forecast(ModifyRequest request, TimePoint deadline) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace dirbridge::ldap
