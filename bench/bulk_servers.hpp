// The directory servers of `--directories`: OpenLDAP, 389 DS and Samba AD, each with enough people for large requests.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/secret.hpp"

namespace dirbridge::bench {

struct BulkPlan {
  int rounds = 3;
  std::size_t values = 0;       // of one large request; 0: the server's own (default_values)
  std::size_t chunk = 0;        // values of one modify of ldapmodify and libldap; 0: the server's best
  std::size_t singles = 1'000;  // callers with one value each, all on one group
};

// Every server has people 1 … n and two groups with person 1 in them: one for large requests, one for small ones.
class BulkServer {
 public:
  virtual ~BulkServer() = default;

  struct Kind {
    const char* name;    // "openldap", "ds389", "samba": for --server and in the names of the measures
    const char* title;   // "OpenLDAP"
    std::size_t values;  // 10,000; 1,000 on 389 DS, whose memberOf plug-in is slow
    std::size_t chunk;   // values of one modify at which the server is fastest (measured: docs/benchmarks.md)
  };
  static const std::vector<Kind>& kinds();
  // Blocking: starts and fills it in `folder`. Its life is that of the calling thread.
  static result<std::unique_ptr<BulkServer>> start(const Kind& kind, const std::string& folder, std::size_t people);

  std::string url;  // the agent's and libldap's: ldaps where simple binds need it
  std::string ca_file;
  std::string bind_dn;
  Secret password;
  std::string user_base;
  std::string group_base;
  std::string user_filter;  // of the import; empty: the agent's own
  std::string group_filter;
  std::vector<std::string> people;  // DNs
  std::string large_group;
  std::string small_group;
};

}  // namespace dirbridge::bench
