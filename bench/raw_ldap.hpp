// Raw libldap, the yardstick: what a plain C program gets from the same slapd with nothing in between.
#pragma once
#include <ldap.h>

#include <memory>
#include <set>
#include <span>
#include <string>

#include "base/secret.hpp"
#include "bench/workload.hpp"

namespace dirbridge::bench {

// One connection, blocking, bound. One thread. Everything throws std::runtime_error with the server's words.
class RawLdap {
 public:
  // `ca_file`: PEM of the authority to trust, for ldaps.
  RawLdap(const std::string& url, const std::string& bind_dn, const Secret& password, const std::string& ca_file = {});
  ~RawLdap();
  RawLdap(const RawLdap&) = delete;
  RawLdap& operator=(const RawLdap&) = delete;

  // ldap_modify_ext_s, one change after the other, over the seats in turn.
  Sample one_at_a_time(std::span<Seat> seats, Duration length);
  // ldap_modify_ext with up to `window` changes under way, never two of one group (slapd runs the operations of a
  // connection in parallel and would reorder them). Seats of different groups.
  Sample pipelined(std::span<Seat> seats, std::size_t window, Duration length);

  // Turns all seats of one group around, `chunk` values in each modify. All are in, or all are out.
  void change_all(std::span<Seat> seats, std::size_t chunk);
  // Turns each seat around once, one modify after the other.
  void each_once(std::span<Seat> seats);

  // One base search for each seat's user, `window` under way: what it costs the server to be asked about each by
  // itself.
  void look_at_each(std::span<const Seat> seats, std::size_t window);

  // The values of `member`, as the server spells them; range by range where the server insists (MS-ADTS 3.1.1.3.1.3.3).
  std::set<std::string> members(const std::string& group_dn);

 private:
  struct Close {
    void operator()(LDAP* ld) const { ldap_unbind_ext(ld, nullptr, nullptr); }
  };
  [[noreturn]] void fail(const std::string& what, int rc) const;
  int send(const Seat& seat);
  void change_now(Seat& seat);

  std::string url_;
  std::unique_ptr<LDAP, Close> ld_;
};

}  // namespace dirbridge::bench
