// SPDX-License-Identifier: MIT
#include "runtime/purge_job.hpp"

#include "authority/wait.hpp"
#include "runtime/clock_file.hpp"

#include <cstring>
#include <utility>

namespace warder::runtime {

using authority::PurgeCounts;
using authority::Result;
using authority::wait;

namespace {

constexpr std::chrono::minutes kSaveEvery{10};
constexpr std::chrono::minutes kReportEvery{1};

}  // namespace

PurgeJob::PurgeJob(authority::Authority& authority, Clock const& clock, log::Logger& log, std::filesystem::path clock_file)
    : authority_{&authority}, clock_{&clock}, log_{&log}, clock_file_{std::move(clock_file)} {}

/// @return false if the store can't be read now.
bool PurgeJob::begin() {
    if (confirmation_) return true;
    auto record = load_clock_record(clock_file_);
    if (!record) {
        // What was written with a wrong clock must not confirm that clock, so the store is used only if no record was
        // saved yet.
        auto const latest = wait<Instant>([this](auto done) { authority_->latest_time(std::move(done)); });
        if (!latest) return false;
        record = authority::ClockRecord{.confirmed = *latest};
    }
    confirmation_.emplace(*clock_, *record);
    return true;
}

Result<PurgeCounts> PurgeJob::step() {
    if (!begin()) return std::unexpected{authority::Error::kStoreUnavailable};
    if (!is_clock_confirmed()) return PurgeCounts{};
    // Uses the time that was confirmed: the clock may have changed when the store runs the purge.
    auto const purged = wait<PurgeCounts>([this](auto done) { authority_->purge(confirmation_->now(), std::move(done)); });
    if (purged) report_purged(*purged);
    return purged;
}

bool PurgeJob::is_clock_confirmed() {
    auto const state = confirmation_->observe();
    report(state);
    save_if_due(state);
    state_ = state;
    return state == Confirmation::State::kConfirmed;
}

void PurgeJob::report(Confirmation::State state) {
    if (state_ == state) return;
    switch (state) {
        case Confirmation::State::kConfirmed:
            if (state_) log_->info("clock_confirmed", {{"effect", "expired tokens and old audit events are deleted again"}});
            return;
        case Confirmation::State::kAhead:
            return log_->warning("clock_unconfirmed",
                                 {{"why", "the clock is ahead of the latest time that is known from earlier runs"},
                                  {"ahead_seconds", std::int64_t{confirmation_->ahead().count()}},
                                  {"effect", "expired tokens and old audit events stay until the clock has run steadily for 24 hours"}});
        case Confirmation::State::kSet:
            return log_->warning("clock_unconfirmed",
                                 {{"why", "the clock was set, or the machine was suspended"},
                                  {"effect", "expired tokens and old audit events stay until the clock has run steadily for 24 hours"}});
    }
}

void PurgeJob::save_if_due(Confirmation::State state) {
    auto const now = clock_->steady_now();
    if (saved_ && state_ == state && now < *saved_ + kSaveEvery) return;
    saved_ = now;
    auto const error = save_clock_record(clock_file_, confirmation_->record());
    if (error != 0 && !std::exchange(is_save_failure_known_, true))
        log_->warning("clock_record_not_saved", {{"file", std::string_view{clock_file_.native()}}, {"why", std::string_view{std::strerror(error)}}});
    if (error == 0) is_save_failure_known_ = false;
}

void PurgeJob::report_purged(PurgeCounts const& purged) {
    unreported_.tokens += purged.tokens;
    unreported_.events += purged.events;
    if (unreported_.tokens + unreported_.events == 0) return;
    auto const now = clock_->steady_now();
    if (purges_reported_ && now < *purges_reported_ + kReportEvery) return;
    purges_reported_ = now;
    log_->info("purged", {{"tokens", unreported_.tokens}, {"audit_events", unreported_.events}});
    unreported_ = {};
}

}  // namespace warder::runtime
