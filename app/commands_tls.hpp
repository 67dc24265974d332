// dirbridge tls init: a certificate authority of one's own, and a certificate that it issued, where a hub looks for
// them.
#pragma once
#include "app/console.hpp"
#include "app/invocation.hpp"

namespace dirbridge::app {

// Writes ca.pem, ca.key, hub.pem and hub.key (P-256; keys with mode 0600) into invocation.folder. If one of them is
// there already, nothing is written unless invocation.force. Asks no hub. Throws CommandFailure.
int run_tls_init(const Invocation& invocation, const Console& console);

}  // namespace dirbridge::app
