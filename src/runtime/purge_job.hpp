// SPDX-License-Identifier: MIT
#pragma once

#include "authority/clock_confirmation.hpp"
#include "log/log.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <filesystem>
#include <optional>

namespace warder::runtime {

/// Deletes expired tokens and old audit events once the clock is confirmed: a clock that is wrong for a few seconds
/// must not delete anything permanently. Keeps what it knows about the clock in a file of the data directory. For one
/// thread at a time.
class PurgeJob {
  public:
    /// The arguments must outlive the job. @param clock_file  may be missing.
    PurgeJob(authority::Authority& authority, Clock const& clock, log::Logger& log, std::filesystem::path clock_file);

    /// Observes the clock for the first time and saves the result, so that the file exists before requests are served.
    void prepare() { static_cast<void>(begin() && is_clock_confirmed()); }
    /// Deletes some of the data that is too old. Call it again immediately while it deletes anything, otherwise after
    /// some seconds. Deletes nothing while the clock is not confirmed, and logs why. Blocks.
    authority::Result<authority::PurgeCounts> step();

  private:
    using Confirmation = authority::ClockConfirmation;

    bool begin();
    bool is_clock_confirmed();
    void report(Confirmation::State state);
    void report_purged(authority::PurgeCounts const& purged);
    void save_if_due(Confirmation::State state);

    authority::Authority* authority_;
    Clock const* clock_;
    log::Logger* log_;
    std::filesystem::path clock_file_;
    std::optional<Confirmation> confirmation_;
    std::optional<Confirmation::State> state_;  ///< As last reported.
    std::optional<std::chrono::steady_clock::time_point> saved_;
    std::optional<std::chrono::steady_clock::time_point> purges_reported_;
    authority::PurgeCounts unreported_;
    bool is_save_failure_known_ = false;
};

}  // namespace warder::runtime
