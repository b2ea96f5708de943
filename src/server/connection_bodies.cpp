// SPDX-License-Identifier: MIT
// Receives, discards and sends bodies. The rest of `Connection` is in connection.cpp.
#include "server/connection.hpp"
#include "server/worker.hpp"

namespace warder::server {
namespace {

using BodyState = http::RequestReader::BodyState;
using Phase = net::ClientConnection::Phase;
using Rest = net::ClientConnection::Rest;

constexpr std::size_t kBodyWindow = 16 * 1024;
constexpr http::HeadError kBodyTooLarge{413, "too_large", "The body is too large: it may have at most 64 KiB."};
constexpr http::HeadError kBadBody{400, "bad_request", "The chunked body is invalid."};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

/// Reads the whole body of a request to the management API.
/// @return false if the connection has ended.
net::Task<bool> Connection::receive_body() {
    auto& reader = client_.reader();
    if (!reader.begin_body(facts_, http::kMaxBody, kBodyWindow)) {
        co_await reject_and_close(kBodyTooLarge);
        co_return false;
    }
    auto state = reader.read_body(request_.body);
    if (state == BodyState::kComplete) co_return true;
    client_.enter(Phase::kBody, worker_->settings().header_timeout);
    if (facts_.expects_continue && reader.unread().empty() && request_.body.empty()) client_.out() += kContinue;
    while (state == BodyState::kIncomplete && !client_.has_timed_out()) {
        if (reader.body_buffer().empty()) break;
        if (!client_.try_flush()) {
            bool const is_flushed = co_await client_.flush();
            if (!is_flushed) co_return false;
            client_.enter(Phase::kBody, worker_->settings().header_timeout);
        }
        bool const has_come = co_await client_.receive_body_bytes();
        if (!has_come) {
            if (client_.has_timed_out()) co_await reject_and_close(kTimeout, Rest::kNothing);
            co_return false;
        }
        state = reader.read_body(request_.body);
    }
    if (state == BodyState::kComplete) co_return true;
    if (state == BodyState::kIncomplete && client_.has_timed_out()) co_await reject_and_close(kTimeout, Rest::kNothing);
    else co_await reject_and_close(state == BodyState::kTooLarge ? kBodyTooLarge : kBadBody);
    co_return false;
}

/// Receives and discards the body of a request that was answered without it.
/// @return false if the body did not arrive, so that the connection has ended.
net::Task<bool> Connection::drop_body() {
    auto& reader = client_.reader();
    static_cast<void>(reader.begin_body(facts_, http::kMaxBody, kBodyWindow));
    std::string dropped;
    if (reader.read_body(dropped) == BodyState::kComplete) co_return true;
    bool const is_flushed = co_await client_.flush();
    if (!is_flushed) co_return false;
    client_.enter(Phase::kBody, worker_->settings().header_timeout);
    do {
        if (client_.has_timed_out()) co_return false;
        dropped.clear();
        bool const has_come = co_await client_.receive_body_bytes();
        if (!has_come) co_return false;
    } while (reader.read_body(dropped) != BodyState::kComplete);
    co_return true;
}

/// Sends a response, also one whose body is produced while it is sent.
/// @return false if the connection has ended.
net::Task<bool> Connection::send(http::Response response, bool keeps_alive) {
    bool const is_delimited = !response.rest || facts_.minor_version > 0;
    bool const stays = append(response, keeps_alive && is_delimited);
    auto const pieces = request_.method == "HEAD" ? nullptr : std::move(response.rest);
    std::string{}.swap(response.body);  // it was copied, and to send the rest may take long
    if (pieces) {
        bool const is_sent = co_await send_pieces(*pieces);
        if (!is_sent) co_return false;
    }
    if (stays) co_return true;
    co_await client_.linger(Rest::kNothing);
    co_return false;
}

/// Sends the rest of a response body as it is produced: a piece is made after the previous one was sent.
/// @return false if the connection has ended.
net::Task<bool> Connection::send_pieces(net::BodyPieces& pieces) {
    bool const is_chunked = facts_.minor_version > 0;
    for (auto state = net::BodyPieces::State::kIncomplete; state == net::BodyPieces::State::kIncomplete;) {
        bool const is_flushed = co_await client_.flush();
        if (!is_flushed) co_return false;
        client_.enter_answer();
        try {
            std::string piece;
            state = co_await pieces.append_next(piece);
            if (state != net::BodyPieces::State::kFailed) http::append_piece(client_.out(), piece, is_chunked);
        } catch (...) {
            client_.reset();
            throw;
        }
        if (state == net::BodyPieces::State::kFailed) {
            client_.reset();  // the client must not mistake the partial response for a complete one
            co_return false;
        }
    }
    if (is_chunked) http::append_piece(client_.out(), {}, true);
    co_return true;
}

/// Answers a request whose body has not been read. A short body is discarded after the response, and the connection
/// stays open; with a longer one, it ends.
/// @return false if the connection has ended.
net::Task<bool> Connection::answer_unread(http::Response const& response) {
    bool const is_short = !facts_.is_chunked && facts_.content_length.value_or(0) <= http::kMaxBody && !facts_.expects_continue;
    if (!append(response, may_keep_alive() && !response.ends_connection && is_short)) {
        co_await client_.linger(rest());
        co_return false;
    }
    bool const is_dropped = co_await drop_body();
    co_return is_dropped;
}

}  // namespace warder::server
