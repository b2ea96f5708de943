// SPDX-License-Identifier: MIT
#include "net/stream.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <poll.h>
#include <sys/ioctl.h>
#include <utility>

namespace warder::net {

namespace asio = boost::asio;

namespace {

constexpr unsigned kMostReadsAtOnce = 16;

}  // namespace

Stream::Stream(Socket socket, std::shared_ptr<TlsIdentity const> const& identity) : Stream{std::move(socket), TlsSession{}, identity != nullptr} {
    if (identity != nullptr) session_ = identity->begin(socket_.native_handle());
}

Stream::Stream(Socket socket, TlsSession session, bool is_tls) : socket_{std::move(socket)}, session_{std::move(session)}, is_tls_{is_tls} {
    ErrorCode ignored;
    socket_.set_option(asio::ip::tcp::no_delay{true}, ignored);
    socket_.non_blocking(true, ignored);
}

/// Returns what the last TLS call, which returned `outcome`, is waiting for.
Stream::Want Stream::classify(int outcome) const noexcept {
    switch (SSL_get_error(session_.get(), outcome)) {
        case SSL_ERROR_NONE:
            return Want::kNothing;
        case SSL_ERROR_WANT_READ:
            return Want::kRead;
        case SSL_ERROR_WANT_WRITE:
            return Want::kWrite;
        default:
            return Want::kClosed;
    }
}

Task<std::tuple<Stream::ErrorCode>> Stream::wait_for(Want want) {
    return socket_.async_wait(want == Want::kRead ? Socket::wait_read : Socket::wait_write, asio::as_tuple(kAwait));
}

Task<Stream::Handshake> Stream::handshake(FailedHandshake* failed) {
    is_tls_ = session_ != nullptr;
    if (session_ == nullptr) co_return Handshake::kFailed;
    while (socket_.is_open()) {
        ERR_clear_error();
        auto const want = classify(SSL_do_handshake(session_.get()));
        if (want == Want::kNothing) co_return Handshake::kDone;
        if (want == Want::kClosed) break;
        auto const [error] = co_await wait_for(want);
        if (error) co_return Handshake::kFailed;
    }
    auto const error = ERR_peek_error();
    bool const is_plain = ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
    if (failed != nullptr) *failed = {.session = std::move(session_), .error = error};
    session_.reset();
    is_tls_ = false;
    co_return is_plain ? Handshake::kPlainHttp : Handshake::kFailed;
}

Task<Stream::ReadOutcome> Stream::read_some(asio::mutable_buffer buffer) {
    if (is_tls_) return read_tls(buffer);
    return socket_.async_read_some(buffer, asio::as_tuple(kAwait));
}

Task<void> Stream::yield() { return asio::post(socket_.get_executor(), kAwait); }

Stream::ReadOutcome Stream::read_arrived(asio::mutable_buffer buffer) {
    ErrorCode error = asio::error::would_block;
    auto const count = is_tls_ ? 0 : socket_.read_some(buffer, error);
    return {error, count};
}

Task<Stream::ReadOutcome> Stream::read_tls(asio::mutable_buffer buffer) {
    // Otherwise a peer that always has data would starve the thread's other connections and their deadlines.
    if (++reads_at_once_ >= kMostReadsAtOnce) {
        reads_at_once_ = 0;
        co_await yield();
    }
    while (socket_.is_open()) {
        std::size_t count = 0;
        ERR_clear_error();
        auto const want = classify(SSL_read_ex(session_.get(), buffer.data(), buffer.size(), &count));
        if (want == Want::kNothing) co_return ReadOutcome{ErrorCode{}, count};
        if (want == Want::kClosed) {
            bool const is_meant = SSL_get_error(session_.get(), 0) == SSL_ERROR_ZERO_RETURN;
            co_return ReadOutcome{is_meant ? ErrorCode{asio::error::eof} : ErrorCode{asio::error::connection_aborted}, 0};
        }
        reads_at_once_ = 0;
        auto const [error] = co_await wait_for(want);
        if (error) co_return ReadOutcome{error, 0};
    }
    co_return ReadOutcome{asio::error::bad_descriptor, 0};
}

bool Stream::holds_unread() const noexcept { return session_ != nullptr && SSL_has_pending(session_.get()) == 1; }

std::size_t Stream::write_some(asio::const_buffer data, ErrorCode& error) {
    return is_tls_ ? write_tls(data, error) : socket_.write_some(data, error);
}

std::size_t Stream::write_tls(asio::const_buffer data, ErrorCode& error) {
    if (!socket_.is_open()) {
        error = asio::error::bad_descriptor;
        return 0;
    }
    std::size_t count = 0;
    ERR_clear_error();
    auto const want = classify(SSL_write_ex(session_.get(), data.data(), data.size(), &count));
    if (want == Want::kNothing) return count;
    write_waits_for_ = want;
    error = want == Want::kClosed ? asio::error::broken_pipe : asio::error::would_block;
    return 0;
}

Task<std::tuple<Stream::ErrorCode>> Stream::wait_to_write() { return wait_for(is_tls_ ? write_waits_for_ : Want::kWrite); }

bool Stream::is_half_closed() noexcept {
    pollfd asked{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&asked, 1, 0) > 0;
}

bool Stream::has_input() noexcept {
    int count = 0;
    return holds_unread() || (socket_.is_open() && ::ioctl(socket_.native_handle(), FIONREAD, &count) == 0 && count > 0);
}

Stream::ErrorCode Stream::end_writing() {
    if (socket_.is_open() && session_ && SSL_is_init_finished(session_.get()) == 1) {
        ERR_clear_error();
        SSL_shutdown(session_.get());  // send close_notify; the client's own is not awaited
    }
    ErrorCode error;
    socket_.shutdown(Socket::shutdown_send, error);
    return error;
}

void Stream::reset() noexcept {
    ErrorCode ignored;
    socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
    socket_.close(ignored);
}

void Stream::cancel() noexcept {
    ErrorCode ignored;
    socket_.cancel(ignored);
}

void Stream::close() noexcept {
    ErrorCode ignored;
    socket_.close(ignored);
}

}  // namespace warder::net
