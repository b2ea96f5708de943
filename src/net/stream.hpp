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

/// A client's or an upstream's socket, with or without TLS. Without TLS, reads and writes go straight to the socket at
/// no extra cost.
class Stream {
  public:
    using ErrorCode = boost::system::error_code;
    using ReadOutcome = std::tuple<ErrorCode, std::size_t>;
    enum class Handshake : std::uint8_t {
        kDone,
        kFailed,     ///< The stream is plain from now on, so that the rest of the client's input can be drained.
        kPlainHttp,  ///< The client speaks HTTP without TLS; the stream is plain from now on.
    };

    /// The remains of a failed handshake, from which the cause can be determined.
    struct FailedHandshake {
        TlsSession session;       ///< Null if there was none.
        unsigned long error = 0;  ///< The first OpenSSL error; 0 if the peer closed or reset the connection, or the wait was canceled.
    };

    /// @param identity  the server's identity; null for plain text.
    Stream(Socket socket, std::shared_ptr<TlsIdentity const> const& identity);
    /// @param session  a TLS session on this socket's descriptor. Null although `is_tls` is set means that memory ran
    /// out; the handshake then fails.
    Stream(Socket socket, TlsSession session, bool is_tls);

    [[nodiscard]] bool is_tls() const noexcept { return is_tls_; }
    /// Performs the TLS handshake. Call it before any other I/O if `is_tls()`.
    /// @param failed  filled in on `kFailed`; may be null.
    Task<Handshake> handshake(FailedHandshake* failed = nullptr);

    /// Reads at least one byte, or fails. `eof` means that the peer ended the stream on purpose: by FIN without TLS, by
    /// close_notify with TLS. A TLS stream that ends without close_notify may have been truncated by an attacker and
    /// yields `connection_aborted`.
    Task<ReadOutcome> read_some(boost::asio::mutable_buffer buffer);
    /// Lets all other work of this thread that is ready run first. Asio tries to read before it waits; under load, yielding
    /// first saves a read that would return nothing. A `cancel` in the meantime has no effect: check its reason afterwards.
    Task<void> yield();
    /// Reads what has arrived, which after `yield` costs less than `read_some`. Sets `would_block` if nothing has, and always under
    /// TLS.
    ReadOutcome read_arrived(boost::asio::mutable_buffer buffer);
    /// Returns whether `read_some` can return data that has already left the socket: under TLS, the rest of a record.
    [[nodiscard]] bool holds_unread() const noexcept;
    /// Writes as much as possible without waiting; sets `would_block` if nothing could be written.
    std::size_t write_some(boost::asio::const_buffer data, ErrorCode& error);
    /// Waits until `write_some` can make progress.
    Task<std::tuple<ErrorCode>> wait_to_write();

    /// Returns whether the peer has shut down its sending side or is gone. Data that it sent before may still be
    /// unread.
    [[nodiscard]] bool is_half_closed() noexcept;
    /// Returns whether unread bytes have arrived, or `holds_unread`.
    [[nodiscard]] bool has_input() noexcept;
    /// Shuts down the sending side, as far as that is possible without waiting.
    ErrorCode end_writing();
    /// Cancels pending operations; they complete with an error.
    void cancel() noexcept;
    void close() noexcept;
    /// Closes the connection with a reset, so that the peer can't mistake partial data for complete data.
    void reset() noexcept;

  private:
    /// What a TLS call is waiting for.
    enum class Want : std::uint8_t { kNothing, kRead, kWrite, kClosed };

    Task<ReadOutcome> read_tls(boost::asio::mutable_buffer buffer);
    std::size_t write_tls(boost::asio::const_buffer data, ErrorCode& error);
    [[nodiscard]] Want classify(int outcome) const noexcept;
    Task<std::tuple<ErrorCode>> wait_for(Want want);

    Socket socket_;
    TlsSession session_;  // Must be destroyed before the socket and not used after it is closed, when its descriptor may already have been reused.
    bool is_tls_;
    unsigned reads_at_once_ = 0;  ///< Consecutive TLS reads that did not have to wait.
    Want write_waits_for_ = Want::kWrite;
};

}  // namespace warder::net
