// SPDX-License-Identifier: MIT
#include "store/postgres/connection/reconnecting.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace warder::store::postgres {

Reconnecting::Reconnecting(std::string url, std::unique_ptr<Connection> connection, Interrupt const* interrupt)
    : url_{std::move(url)}, connection_{std::move(connection)}, interrupt_{interrupt} {
    if (connection_ && interrupt_ != nullptr) connection_->set_interrupt(*interrupt_);
}

Connection* Reconnecting::get() {
    if (connection_ && connection_->is_usable()) return connection_.get();
    if (Clock::now() < next_attempt_) return nullptr;
    auto opened = Connection::open(url_, std::chrono::seconds{2});
    if (!opened) {
        error_ = std::move(opened.error());
        next_attempt_ = Clock::now() + pause_;
        pause_ = std::min(pause_ * 2, kLongestPause);
        return nullptr;
    }
    pause_ = kFirstPause;
    connection_ = std::move(*opened);
    if (interrupt_ != nullptr) connection_->set_interrupt(*interrupt_);
    ++generation_;
    return connection_.get();
}

Connection* Reconnecting::await(Clock::time_point deadline) {
    for (;;) {
        if (auto* const connection = get()) return connection;
        auto const next = std::max(next_attempt_, Clock::now() + std::chrono::milliseconds{1});
        std::this_thread::sleep_until(std::min(next, deadline));
        if (next >= deadline) return nullptr;
    }
}

}  // namespace warder::store::postgres
