// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/denial.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <string_view>

namespace warder::log {
class Logger;
}

namespace warder::auth {

/// The request of a denial, for the log.
struct DeniedRequest {
    Surface surface{};
    std::string_view method{};
    std::string_view path{};      ///< Without its query; at the decision endpoint that of the original request, if it can be read.
    std::string_view user{};      ///< Empty unless the credential was right.
    std::string_view token_id{};  ///< Likewise.
    AddressBytes client{};
};

/// Logs denials as `event=denied`: all at level debug; at level info, the first per surface, reason and minute.
/// Thread-safe.
class DenialLog {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::minutes kPeriod{1};

    /// @param logger  must outlive this object. @param logs_addresses  whether lines have the client's address.
    DenialLog(log::Logger& logger, bool logs_addresses) noexcept : logger_{logger}, logs_addresses_{logs_addresses} {}

    void report(DeniedRequest const& request, DenialReason reason, Time now) noexcept;

  private:
    /// Returns whether this is the first denial of its kind in a minute.
    [[nodiscard]] bool is_due(Surface surface, DenialReason reason, Time now) noexcept;

    log::Logger& logger_;
    bool logs_addresses_;
    std::array<std::array<std::atomic<Time::rep>, kDenialReasons>, kSurfaces> next_{};  ///< When the next line may be written at level info.
};

}  // namespace warder::auth
