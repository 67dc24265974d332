// What a hub makes for itself in its data folder when it is not there yet: its TLS identity and an operator's token.
#pragma once
#include <string>

#include "base/error.hpp"
#include "hub/access.hpp"
#include "hub/settings.hpp"
#include "net/tls.hpp"

namespace dirbridge::hub {

struct HubIdentity {
  net::Identity identity;
  std::string authority_pem;  // empty: somebody else's certificate is in use
};
// The configured certificate, or one issued by the hub's own authority (ca.pem, ca.key, hub.pem, hub.key in data_dir;
// keys with mode 0600). Errors name the file.
result<HubIdentity> load_or_make_identity(const HubSettings& settings);

// PEM texts from two files; errors name the file.
result<net::Identity> read_identity(const std::string& certificate, const std::string& key);

// Creates data_dir (mode 0700) if need be.
result<void> make_data_dir(const std::string& data_dir);

// A token with the operator's scope, to be appended to the ledger before operator.token is written.
inline constexpr std::string_view operator_token_file = "operator.token";

}  // namespace dirbridge::hub
