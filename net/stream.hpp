// The one stream type: a TCP or local socket, plain or with TLS inside. Beast's algorithms are instantiated for it
// once.
#pragma once
#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "net/tls.hpp"

namespace dirbridge::net {

namespace asio = boost::asio;

// An AsyncStream (Beast and asio::async_write take it). Movable. One reader and one writer at a time; destroying it or
// close() ends both. Operations never complete inline and honour per-operation cancellation (terminal): a cancelled
// read loses nothing, after a cancelled write the stream is good for close() only. TCP_NODELAY is set. One thread.
class Stream {
 public:
  using executor_type = asio::any_io_executor;
  using Socket = asio::generic::stream_protocol::socket;

  Stream();
  explicit Stream(Socket socket);
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;
  ~Stream();

  executor_type get_executor() const;
  bool is_open() const;
  bool is_secure() const;
  int native_handle() const;
  std::string peer() const;  // "127.0.0.1:41234", "local"
  // Ends the connection now, without TLS close_notify.
  void close();
  // Ends the operations under way with operation_aborted and leaves the connection open.
  void cancel();

  // Puts TLS around the open socket (StartTLS does it later). On failure the error's detail says what is wrong with the
  // certificate ("certificate has expired (2026-01-02)", "issued for db.example.org, not for 127.0.0.1", "signed by an
  // unknown authority CN=…") and the stream is closed.
  asio::awaitable<result<void>> secure_client(std::shared_ptr<TlsClientContext> tls, std::string host,
                                              TimePoint deadline);
  asio::awaitable<result<void>> secure_server(std::shared_ptr<TlsServerContext> tls, TimePoint deadline);
  // TLS close_notify, end of sending, then reads and drops what the peer still sends (at most 1 MiB) until it closes
  // too, and close(): the peer sees the last answer, not a reset. Bounded by `deadline`. No other operation may be
  // under way.
  asio::awaitable<void> shut_down(TimePoint deadline);

  template <class MutableBuffers, class Token>
  auto async_read_some(const MutableBuffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, asio::mutable_buffer buffer) { start_read(buffer, std::move(handler)); }, token,
        first_of(buffers));
  }
  // Gathers up to 16 buffers into one system call, or one TLS record when they are small.
  template <class ConstBuffers, class Token>
  auto async_write_some(const ConstBuffers& buffers, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [this](auto handler, const Gather& gathered) { start_write(gathered, std::move(handler)); }, token,
        gather(buffers));
  }

 private:
  // any_completion_handler: the bodies compile once, in stream.cpp.
  using Handler = asio::any_completion_handler<void(error_code, std::size_t)>;
  struct Gather {  // a ConstBufferSequence
    std::array<asio::const_buffer, 16> buffers;
    std::size_t count = 0;
    const asio::const_buffer* begin() const { return buffers.data(); }
    const asio::const_buffer* end() const { return buffers.data() + count; }
  };
  template <class ConstBuffers>
  static Gather gather(const ConstBuffers& buffers) {
    Gather gathered;
    for (auto i = asio::buffer_sequence_begin(buffers); i != asio::buffer_sequence_end(buffers); ++i) {
      const asio::const_buffer buffer = *i;
      if (buffer.size() == 0) continue;
      gathered.buffers[gathered.count++] = buffer;
      if (gathered.count == gathered.buffers.size()) break;
    }
    return gathered;
  }
  template <class MutableBuffers>
  static asio::mutable_buffer first_of(const MutableBuffers& buffers) {
    for (auto i = asio::buffer_sequence_begin(buffers); i != asio::buffer_sequence_end(buffers); ++i) {
      asio::mutable_buffer buffer = *i;
      if (buffer.size() > 0) return buffer;
    }
    return {};
  }
  void start_read(asio::mutable_buffer buffer, Handler handler);
  void start_write(const Gather& gathered, Handler handler);
  struct Impl;
  std::shared_ptr<Impl>
      impl_;  // shared with the operations under way: those of asio::ssl refer to their stream to the end
};

// Beast's names for "close now"; found by argument-dependent lookup.
inline void beast_close_socket(Stream& stream) { stream.close(); }

struct Endpoint {
  std::string host;
  std::uint16_t port = 0;
};
// Resolves and connects (every address in turn) before `deadline`; the error names host, port and cause.
asio::awaitable<result<Stream>> connect_tcp(asio::any_io_executor executor, Endpoint endpoint, TimePoint deadline);
// A Unix-domain socket (ldapi://).
asio::awaitable<result<Stream>> connect_local(asio::any_io_executor executor, std::string path, TimePoint deadline);

}  // namespace dirbridge::net
