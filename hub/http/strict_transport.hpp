// Whether an answer may tie its host to TLS (Strict-Transport-Security, contract B4). Pure.
#pragma once
#include <string_view>

namespace dirbridge::hub {

// `host` is the Host header: with or without a port. True for a name of its own in the DNS. A browser heeds the header
// for a name whatever the port: ten years for "localhost" would end plain HTTP for everything a developer runs, for
// ".test", a container's name or an address for whoever has it next. Those are told "max-age=0": tied no longer.
bool may_be_tied_to_tls(std::string_view host);

}  // namespace dirbridge::hub
