// What the further directory servers of the lab are filled with: the same people and groups in each server's own terms.
// Pure.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "base/secret.hpp"
#include "lab/sample_organisation.hpp"

namespace dirbridge::lab {

// 389 DS: change records that let the services read everything and cn=agent write member and uniqueMember of groups.
// The data is Organisation::ldif().
std::vector<std::string> ds389_access(const Organisation& organisation);

// Active Directory: "CN=User <n>,OU=people,…" with sAMAccountName u<n>; groups g1 … gN with the first <size> people.
Organisation ad_organisation(std::size_t people, const std::vector<std::size_t>& group_sizes,
                             const std::string& suffix);
// As LDIF for ldbadd, parents first, with the accounts svc-agent and svc-reader (their names in login form:
// svc-agent@ad.example.org). People are disabled accounts: those are made much faster.
std::string ad_ldif(const Organisation& organisation, const Secret& agent_password, const Secret& reader_password);

}  // namespace dirbridge::lab
