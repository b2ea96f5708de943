// SPDX-License-Identifier: MIT
#pragma once

#include "auth/denial.hpp"
#include "metrics/counter.hpp"
#include "metrics/histogram.hpp"
#include "metrics/status_counts.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warder::auth {

/// A bound that a client or the load has reached.
enum class Limit : std::uint8_t {
    kConnections,    ///< `max_connections`: an idle connection was closed, or the new one got a 503 or nothing.
    kHeader,         ///< The size of a request head, or its number of fields.
    kBody,           ///< The size of a body.
    kPasswordQueue,  ///< `passwords.queue`.
    kHeaderTimeout,
    kIdleTimeout,
};
inline constexpr std::size_t kLimits = static_cast<std::size_t>(Limit::kIdleTimeout) + 1;

/// Returns the limit's name in metrics.
[[nodiscard]] std::string_view code(Limit limit) noexcept;

/// What came of a user name and password.
enum class SignInOutcome : std::uint8_t {
    kOk,
    kCached,     ///< Right, and known from an earlier request.
    kWrong,      ///< User name or password.
    kThrottled,  ///< After too many wrong ones.
    kBusy,       ///< The hashing queue was full.
};
inline constexpr std::size_t kSignInOutcomes = static_cast<std::size_t>(SignInOutcome::kBusy) + 1;

/// Returns the outcome's name in metrics.
[[nodiscard]] std::string_view code(SignInOutcome outcome) noexcept;

/// What one worker counts of its requests. Only the worker's thread writes; any thread may read.
class alignas(64) RequestMetrics {
  public:
    /// Counts a request that was answered.
    void count_request(Surface surface, unsigned status, std::chrono::nanoseconds took) noexcept {
        auto const number = static_cast<std::size_t>(surface);
        requests_[number].add(status);
        durations_[number].observe(took);
    }
    void count_denial(Surface surface, DenialReason reason) noexcept {
        denials_[static_cast<std::size_t>(surface)][static_cast<std::size_t>(reason)].add();
    }
    void count_sign_in(SignInOutcome outcome) noexcept { sign_ins_[static_cast<std::size_t>(outcome)].add(); }
    void count_limit(Limit limit) noexcept { limits_[static_cast<std::size_t>(limit)].add(); }
    /// Returns the number of responses that are being streamed, and of WebSockets.
    [[nodiscard]] metrics::Gauge& streams() noexcept { return streams_; }

    /// @param slot  see `metrics::status_slot`.
    [[nodiscard]] std::uint64_t requests(std::size_t surface, std::size_t slot) const noexcept { return requests_[surface].value(slot); }
    [[nodiscard]] metrics::Histogram const& durations(std::size_t surface) const noexcept { return durations_[surface]; }
    [[nodiscard]] std::uint64_t denials(std::size_t surface, std::size_t reason) const noexcept { return denials_[surface][reason].value(); }
    [[nodiscard]] std::uint64_t sign_ins(std::size_t outcome) const noexcept { return sign_ins_[outcome].value(); }
    [[nodiscard]] std::uint64_t limits(std::size_t limit) const noexcept { return limits_[limit].value(); }
    [[nodiscard]] std::int64_t stream_count() const noexcept { return streams_.value(); }

  private:
    std::array<metrics::StatusCounts<metrics::Counter>, kSurfaces> requests_{};
    std::array<metrics::Histogram, kSurfaces> durations_{};
    std::array<std::array<metrics::Counter, kDenialReasons>, kSurfaces> denials_{};
    std::array<metrics::Counter, kSignInOutcomes> sign_ins_{};
    std::array<metrics::Counter, kLimits> limits_{};
    metrics::Gauge streams_{};
};

}  // namespace warder::auth
