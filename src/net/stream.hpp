// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"
#include "net/tls.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <tuple>

namespace warder::net {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// A client's or an upstream's socket, plain or under TLS: bytes in, bytes out. Without TLS a read or a write is the socket's own, at no more cost.
class Stream {
  public:
    using ErrorCode = boost::system::error_code;
    using ReadOutcome = std::tuple<ErrorCode, std::size_t>;
    enum class Handshake : std::uint8_t {
        kDone,
        kFailed,     ///< This stream is plain from now on: the rest of what the client sent can be drained.
        kPlainHttp,  ///< The client speaks HTTP without TLS; so does this stream from now on.
    };

    /// What is left of a handshake that failed, for whoever says why.
    struct FailedHandshake {
        TlsSession session;       ///< Null: there was none.
        unsigned long error = 0;  ///< OpenSSL's first; 0: the other side closed or reset the connection, or waiting for it was cancelled.
    };

    /// @param identity  null: no TLS.
    Stream(Socket socket, std::shared_ptr<TlsIdentity const> const& identity);
    /// @param session  for this socket's descriptor. Null although `is_tls`: there was no memory for one, and the handshake fails.
    Stream(Socket socket, TlsSession session, bool is_tls);

    [[nodiscard]] bool is_tls() const noexcept { return is_tls_; }
    /// Before anything else, where there is TLS. @param failed  filled in if it is `kFailed`; null: nobody asks.
    Task<Handshake> shake_hands(FailedHandshake* failed = nullptr);

    /// At least one byte, or an error. `eof` is the end that the other side meant: without TLS its last packet, with TLS its close_notify; without
    /// that the stream may have been cut by anybody, and is `connection_aborted`.
    Task<ReadOutcome> read_some(boost::asio::mutable_buffer buffer);
    /// Whether `read_some` has something to give of which the socket knows nothing any more: under TLS, what is left of a record.
    [[nodiscard]] bool holds_unread() const noexcept;
    /// As much as goes out now; `would_block` if nothing does.
    std::size_t write_some(boost::asio::const_buffer data, ErrorCode& error);
    /// Waits until `write_some` may get on.
    Task<std::tuple<ErrorCode>> wait_to_write();

    /// Whether the other side has said that nothing more comes from it, or has gone; what it sent before may still be unread.
    [[nodiscard]] bool is_half_closed() noexcept;
    /// Whether bytes have come that were not read yet.
    [[nodiscard]] bool has_input() noexcept;
    /// Says that nothing more comes, as far as that is possible without waiting.
    ErrorCode end_writing();
    /// Ends what waits, with an error.
    void cancel() noexcept;
    void close() noexcept;
    /// Closes it by a reset: the other side can't take what it has for all there was.
    void reset() noexcept;

  private:
    /// What a TLS call waits for.
    enum class Want : std::uint8_t { kNothing, kRead, kWrite, kGone };

    Task<ReadOutcome> read_tls(boost::asio::mutable_buffer buffer);
    std::size_t write_tls(boost::asio::const_buffer data, ErrorCode& error);
    [[nodiscard]] Want judge(int outcome) const noexcept;
    Task<std::tuple<ErrorCode>> wait_for(Want want);

    Socket socket_;
    TlsSession session_;  // ends before the socket, and is not to be used once that is closed: the number of its descriptor may be another's by then
    bool is_tls_;
    unsigned reads_at_once_ = 0;  ///< In a row, under TLS, for which nothing had to be waited for.
    Want write_waits_for_ = Want::kWrite;
};

}  // namespace warder::net
