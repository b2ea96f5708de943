// SPDX-License-Identifier: MIT
#include "gateway/tunnel.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>

#include <array>
#include <exception>
#include <string_view>
#include <utility>

namespace warder::gateway {

namespace asio = boost::asio;

Tunnel::Tunnel(asio::io_context& context, http::ClientLink& client, UpstreamLink& upstream)
    : context_{&context}, client_{&client}, upstream_{&upstream}, up_ended_{context} {}

http::Task<void> Tunnel::run() {
    auto up = carry_up();
    asio::co_spawn(context_->get_executor(), std::move(up), [this](std::exception_ptr const&) {
        is_up_gone_ = true;
        upstream_->stream().cancel();
        up_ended_.cancel();
    });
    co_await carry_down();
    while (!is_up_gone_) {
        client_->cancel();
        upstream_->stream().cancel();
        up_ended_.expires_after(std::chrono::milliseconds{50});
        co_await up_ended_.async_wait(asio::as_tuple(http::kAwait));
    }
}

http::Task<void> Tunnel::carry_up() {
    std::array<char, 16 * 1024> window;
    auto& reader = client_->reader();
    auto const first = reader.unread();
    bool goes_on = co_await upstream_->send(first);
    reader.skip(first.size());
    while (goes_on) {
        auto const [error, count] = co_await client_->stream().read_some(asio::buffer(window));
        if (error) co_return;
        note_move();
        goes_on = co_await upstream_->send({window.data(), count});
    }
}

http::Task<void> Tunnel::carry_down() {
    auto& out = client_->out();
    bool has_come = true;
    while (has_come) {
        auto const bytes = upstream_->unread();
        std::size_t taken = 0;
        while (taken < bytes.size() && !(is_ending_ && frames_.is_between_frames())) taken += frames_.advance(bytes.substr(taken));
        out += bytes.substr(0, taken);
        upstream_->skip(taken);
        bool const is_over = is_ending_ && frames_.is_between_frames();
        if (is_over) out += kPolicyViolation;
        bool const is_flushed = co_await client_->flush();
        if (!is_flushed || is_over) co_return;
        note_move();
        if (is_up_gone_ && !is_ending_) co_return;
        has_come = co_await upstream_->receive();
        has_come = has_come || (is_ending_ && frames_.is_between_frames());
    }
}

void Tunnel::end() {
    is_ending_ = true;
    if (frames_.is_between_frames()) upstream_->stream().cancel();
}

}  // namespace warder::gateway
