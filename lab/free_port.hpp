// A port for a private server.
#pragma once
#include <cstdint>

namespace dirbridge::lab {

// A loopback TCP port nobody listens on now; 0 if there is none. Outside the range from which the kernel gives ports to
// outgoing connections, where one is found: a server that was stopped finds its port free when it starts again.
std::uint16_t free_port();

}  // namespace dirbridge::lab
