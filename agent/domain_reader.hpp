// Reads what an Active Directory forest calls its domains.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <memory>

#include "agent/windows_attributes.hpp"
#include "base/clock.hpp"
#include "ldap/directory.hpp"

namespace dirbridge::agent {

// Two small searches: the root DSE, the crossRefs below CN=Partitions. What cannot be read is logged and left out:
// DomainNames then goes by the names of entries. `idle` bounds each wait for a message.
boost::asio::awaitable<DomainNames> read_domain_names(std::shared_ptr<ldap::Directory> directory, milliseconds idle);

}  // namespace dirbridge::agent
