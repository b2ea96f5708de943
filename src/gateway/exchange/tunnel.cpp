// SPDX-License-Identifier: MIT
#include "gateway/exchange/tunnel.hpp"

#include <boost/asio/buffer.hpp>

#include <array>
#include <exception>
#include <memory>
#include <string_view>

namespace warder::gateway {

namespace asio = boost::asio;

namespace {

struct Cancel {
    void operator()(net::Stream* stream) const noexcept { stream->cancel(); }
};

}  // namespace

Tunnel::Tunnel(asio::io_context& context, net::ClientConnection& client, UpstreamConnection& upstream)
    : client_{&client}, upstream_{&upstream}, up_{context} {}

net::Task<void> Tunnel::run() {
    std::exception_ptr failure;
    try {
        up_.start(carry_up());
        co_await carry_down();
    } catch (std::exception const&) {
        failure = std::current_exception();
    }
    if (up_.is_running()) co_await up_.join();
    if (failure) std::rethrow_exception(failure);
}

/// Copies from the client to the upstream. At its end, it also cancels receiving from the upstream.
net::Task<void> Tunnel::carry_up() {
    std::unique_ptr<net::Stream, Cancel> const cancel_at_end{&upstream_->stream()};
    std::array<char, 16 * 1024> window;
    auto& reader = client_->reader();
    auto const first = reader.unread();
    bool is_sent = co_await upstream_->send(first);
    reader.skip(first.size());
    while (is_sent) {
        auto const [error, count] = co_await client_->stream().read_some(asio::buffer(window));
        if (error) co_return;
        note_move();
        std::string_view const moved{window.data(), count};
        is_sent = co_await upstream_->send(moved);
    }
}

net::Task<void> Tunnel::carry_down() {
    auto& out = client_->out();
    bool has_come = true;
    while (has_come) {
        auto const bytes = upstream_->unread();
        std::size_t taken = 0;
        while (taken < bytes.size() && !(is_ending_ && frames_.is_between_frames())) taken += frames_.advance(bytes.substr(taken));
        out += bytes.substr(0, taken);
        upstream_->skip(taken);
        bool const is_over = is_ending_ && frames_.is_between_frames();
        if (is_over) out += http::kPolicyViolation;
        bool const is_flushed = co_await client_->flush();
        if (!is_flushed || is_over) co_return;
        note_move();
        if (!up_.is_running() && !is_ending_) co_return;
        has_come = co_await upstream_->receive();
        has_come = has_come || (is_ending_ && frames_.is_between_frames());
    }
}

void Tunnel::end() {
    is_ending_ = true;
    if (frames_.is_between_frames()) upstream_->stream().cancel();
}

}  // namespace warder::gateway
