// A gate on the way to a directory that knows nothing of what passes, TLS or not: what goes through it can be held up,
// lost, or answered to nobody.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

namespace dirbridge::directories {

// Has a thread of its own; the destructor closes every connection. All calls from any thread.
class WireGate {
 public:
  // For connections to `server_port` of 127.0.0.1.
  explicit WireGate(std::uint16_t server_port);
  ~WireGate();
  WireGate(const WireGate&) = delete;
  WireGate& operator=(const WireGate&) = delete;

  std::uint16_t port() const;
  // What becomes of the next thing that a client sends.
  enum class Fate {
    passes,
    lost,            // the server never has it, the connection ends
    answer_is_lost,  // the connection ends when the server has answered it
    last,            // the same, and the gate is closed
    lost_and_last,   // the same as lost, and the gate is closed
    held,            // nothing moves on this connection until release()
  };
  void next(Fate fate);
  void release();
  // While closed, connections are taken and ended at once, those that exist too.
  void close();
  void reopen();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dirbridge::directories
