// Finds a group that is not where it was, by its stable id.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "ldap/directory.hpp"

namespace dirbridge::agent {

namespace asio = boost::asio;

// Searches the bases in turn for (entryUUID=stable_id). nullopt: every search was complete and none found it.
asio::awaitable<result<std::optional<ldap::Dn>>> locate_group(ldap::Directory& directory,
                                                              std::vector<std::string> bases, std::string stable_id,
                                                              TimePoint deadline);

}  // namespace dirbridge::agent
