// SPDX-License-Identifier: MIT
#pragma once

#include "store/postgres/connection/connection.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace warder::store::postgres {

/// A connection that is opened again after it was lost, with growing pauses between the attempts. For one thread at a
/// time.
class Reconnecting {
  public:
    using Clock = std::chrono::steady_clock;

    /// @param connection  may be null; the first call connects then.
    /// @param interrupt  for each of the connections; may be null.
    Reconnecting(std::string url, std::unique_ptr<Connection> connection, Interrupt const* interrupt = nullptr);

    /// Returns the connection, after an attempt to open it if it is lost and the pause is over.
    /// @return nullptr if it can't be used; `error` says why.
    Connection* get();
    /// Returns the connection unless it is lost.
    Connection* current() noexcept { return connection_ && connection_->is_usable() ? connection_.get() : nullptr; }
    /// Tries until the deadline, and returns nullptr no sooner.
    Connection* await(Clock::time_point deadline);
    /// Returns the connection after `get` returned it, even if it was lost since then.
    [[nodiscard]] Connection& get_open() noexcept { return *connection_; }
    [[nodiscard]] PgError const& error() const noexcept { return error_; }
    /// Returns how often a connection was opened.
    [[nodiscard]] std::int64_t generation() const noexcept { return generation_; }

  private:
    static constexpr std::chrono::milliseconds kFirstPause{50};
    static constexpr std::chrono::milliseconds kLongestPause{250};

    std::string url_;
    std::unique_ptr<Connection> connection_;
    Interrupt const* interrupt_;
    PgError error_;
    std::int64_t generation_ = 0;
    std::chrono::milliseconds pause_{kFirstPause};
    Clock::time_point next_attempt_{};
};

}  // namespace warder::store::postgres
