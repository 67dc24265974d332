// Where entries are that a change names, by their stable ids, and how users are members otherwise.
#pragma once
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ldap/directory.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

// Of one entry.
struct Whereabouts {
  enum class Place {
    here,      // under its name, or nobody knows its stable id
    moved,     // under another name: `now`
    outside,   // likewise, but below none of the bases; of values only
    gone,      // neither under its name nor, by its stable id, anywhere else
    replaced,  // gone, and another entry has its name; of values to be removed only
  };
  // As a member of the group asked about, but for a value of its own.
  enum class Membership { none, primary, inherited };
  Place place = Place::here;
  ldap::Dn now;
  Membership membership = Membership::none;
  // Active Directory's stand-in for an account of another domain or a well-known identity. Only if `find_foreign`.
  bool is_foreign = false;
};

struct LookRequest {
  ldap::Dn group;
  bool find_group = false;  // false: it is taken to be where it was
  std::vector<ldap::Dn> values;
  std::size_t adds = 0;  // the first so many of `values` are to become members, the others are to leave
  bool find_values = false;
  bool other_memberships = false;  // Active Directory's
  bool find_foreign = false;       // with other_memberships
  std::string attribute;           // where `stand_in` would be
  ldap::Dn stand_in;               // empty: not asked for
  TimePoint deadline;
};
struct Sight {
  Whereabouts group;
  std::vector<Whereabouts> values;  // one each
  bool holds_stand_in = false;
};

// All where they were in one go; then one below `bases` for each that is not where it was, and for a value that is not
// there either one below its naming context. The error of the first search that failed: then nothing is known. Does not
// throw.
asio::awaitable<result<Sight>> look(asio::any_io_executor executor, std::shared_ptr<ldap::Directory> directory,
                                    std::vector<std::string> bases, LookRequest request);

// The first entry that a search finds by `deadline`; nullopt: none, or no such base.
asio::awaitable<result<std::optional<ldap::Entry>>> find_one(ldap::Directory& directory, ldap::SearchRequest request,
                                                             TimePoint deadline);

// Searches the bases in turn for the entry with this stable id, which the name found carries. nullopt: every search was
// complete and none found it. Does not throw.
asio::awaitable<result<std::optional<ldap::Dn>>> find_entry(std::shared_ptr<ldap::Directory> directory,
                                                            std::vector<std::string> bases, std::string stable_id,
                                                            TimePoint deadline);

}  // namespace dirbridge::agent
