#include "lab/free_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <random>

#include "base/text.hpp"

namespace dirbridge::lab {
namespace {

constexpr std::uint16_t lowest = 10'240;
constexpr int attempts = 64;

// The port that a listener on `wanted` gets (0: one of the kernel's choice); 0 when it is taken.
std::uint16_t try_port(std::uint16_t wanted) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(wanted);
  socklen_t size = sizeof address;
  const bool fine = ::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                    ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(fd);
  return fine ? ntohs(address.sin_port) : std::uint16_t{0};
}

// The first port that outgoing connections may get.
std::uint16_t first_ephemeral() {
  std::uint16_t first = 32'768;
  const auto text = read_file("/proc/sys/net/ipv4/ip_local_port_range");
  if (!text) return first;
  const auto digits = trim(*text);
  std::from_chars(digits.data(), digits.data() + digits.size(), first);
  return first;
}

}  // namespace

std::uint16_t free_port() {
  static const std::uint16_t end = first_ephemeral();
  if (end > lowest) {
    std::random_device random;
    std::uniform_int_distribution<int> any(lowest, end - 1);
    for (int attempt = 0; attempt < attempts; ++attempt)
      if (const auto port = try_port(static_cast<std::uint16_t>(any(random))); port != 0) return port;
  }
  return try_port(0);
}

}  // namespace dirbridge::lab
