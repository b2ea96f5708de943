// SPDX-License-Identifier: MIT
#include "authority/sign_in/sign_in_audit.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace warder::authority {
namespace {

using Outcome = SignInAttempt::Outcome;

constexpr std::chrono::minutes kReportInterval{1};

std::string_view action_of(Outcome outcome) noexcept {
    switch (outcome) {
        case Outcome::kSucceeded:
            return audit_action::kSignInSucceeded;
        case Outcome::kFailed:
            return audit_action::kSignInFailed;
        case Outcome::kThrottled:
            return audit_action::kSignInThrottled;
    }
    std::unreachable();
}

}  // namespace

std::optional<SignInAttempts> SignInDigest::add(SignInAttempt attempt, Instant at, TimePoint now) {
    bool const is_apart = attempt.outcome == Outcome::kSucceeded && !count_success(attempt, now);
    auto found = windows_.find(attempt);
    if (found == windows_.end() && windows_.size() >= kMostApart) {
        forget_finished(now);
        if (windows_.size() >= kMostApart) {
            if (is_apart) return SignInAttempts{.attempt = std::move(attempt), .last_at = at};
            if (attempt.outcome != Outcome::kSucceeded) attempt = {.outcome = attempt.outcome, .user = {}, .address = {}};
            found = windows_.find(attempt);
        }
    }
    if (found == windows_.end()) found = windows_.emplace(std::move(attempt), Waiting{}).first;
    auto& waiting = found->second;
    waiting.last_at = at;
    ++waiting.count;
    if (now < waiting.until) return std::nullopt;
    waiting.until = now + kWindow;
    return SignInAttempts{.attempt = found->first, .last_at = at, .count = std::exchange(waiting.count, 0)};
}

/// Counts a successful sign-in. Beyond `kSuccessesApart` in a minute, removes its address, so that the user's sign-ins
/// are added up.
/// @return whether the limit is exceeded.
bool SignInDigest::count_success(SignInAttempt& attempt, TimePoint now) {
    auto& user = successes_[attempt.user.value_or("")];
    if (user.until <= now) user = {.until = now + kWindow, .count = 0};
    if (++user.count <= kSuccessesApart) return false;
    attempt.address.reset();
    return true;
}

void SignInDigest::forget_finished(TimePoint now) {
    std::erase_if(successes_, [now](auto const& user) { return user.second.until <= now; });
    std::erase_if(windows_, [now](auto const& window) { return window.second.count == 0 && window.second.until <= now; });
}

std::vector<SignInAttempts> SignInDigest::take_due(TimePoint now) {
    std::vector<SignInAttempts> due;
    for (auto& [attempt, waiting] : windows_)
        if (waiting.count > 0 && waiting.until <= now)
            due.push_back({.attempt = attempt, .last_at = waiting.last_at, .count = std::exchange(waiting.count, 0)});
    forget_finished(now);
    return due;
}

std::vector<SignInAttempts> SignInDigest::take_all() {
    std::vector<SignInAttempts> all;
    for (auto& [attempt, waiting] : windows_)
        if (waiting.count > 0) all.push_back({.attempt = attempt, .last_at = waiting.last_at, .count = std::exchange(waiting.count, 0)});
    return all;
}

void SignInDigest::put_back(SignInAttempts const& attempts, TimePoint now) {
    auto key = attempts.attempt;
    if (!windows_.contains(key) && windows_.size() >= kMostApart && key.outcome != Outcome::kSucceeded)
        key = {.outcome = key.outcome, .user = {}, .address = {}};
    auto& waiting = windows_[key];
    waiting.until = now;
    waiting.last_at = std::max(waiting.last_at, attempts.last_at);
    waiting.count += attempts.count;
}

AuditEvent to_event(SignInAttempts const& attempts) {
    auto const& user = attempts.attempt.user;
    auto const& address = attempts.attempt.address;
    auto target = user ? *user : std::string{address ? "unknown user" : "others"};
    if (attempts.count > 1) target += " (" + std::to_string(attempts.count) + " times)";
    return {.time = attempts.last_at,
            .actor = user,
            .address = address,
            .action = std::string{action_of(attempts.attempt.outcome)},
            .target = std::move(target)};
}

void SignInAudit::note(SignInAttempt attempt) {
    std::optional<SignInAttempts> now_due;
    {
        std::lock_guard const lock{mutex_};
        now_due = digest_.add(std::move(attempt), std::chrono::floor<std::chrono::seconds>(clock_->now()), clock_->steady_now());
    }
    if (now_due) write({std::move(*now_due)}, {});
}

void SignInAudit::write_due() {
    authority_->write_summed_events(false, [self = shared_from_this()](Result<void> written) {
        if (!written) self->report(written.error());
    });
    std::unique_lock lock{mutex_};
    auto due = digest_.take_due(clock_->steady_now());
    lock.unlock();
    if (!due.empty()) write(std::move(due), {});
}

void SignInAudit::write_all(std::move_only_function<void()> done) {
    authority_->write_summed_events(true, [self = shared_from_this(), done = std::move(done)](Result<void> written) mutable {
        if (!written) self->report(written.error());
        self->write_all_sign_ins(std::move(done));
    });
}

void SignInAudit::write_all_sign_ins(std::move_only_function<void()> done) {
    std::unique_lock lock{mutex_};
    auto all = digest_.take_all();
    lock.unlock();
    // Write even an empty list: all events given to the store before are in the log when this is answered.
    write(std::move(all), std::move(done));
}

void SignInAudit::write(std::vector<SignInAttempts> attempts, std::move_only_function<void()> done) {
    std::vector<AuditEvent> events;
    events.reserve(attempts.size());
    std::vector<Authority::SignInTime> times;
    for (auto const& one : attempts) {
        events.push_back(to_event(one));
        if (one.attempt.outcome == Outcome::kSucceeded) times.push_back({.user = one.attempt.user_id, .at = one.last_at});
    }
    authority_->add_sign_ins(std::move(events), std::move(times),
                             [self = shared_from_this(), attempts = std::move(attempts), done = std::move(done)](Result<void> written) mutable {
                                 self->settle(written, attempts);
                                 if (done) done();
                             });
}

void SignInAudit::settle(Result<void> const& written, std::vector<SignInAttempts> const& attempts) {
    if (written || attempts.empty()) return;
    {
        std::lock_guard const lock{mutex_};
        for (auto const& one : attempts) digest_.put_back(one, clock_->steady_now());
    }
    report(written.error());
}

/// On a nearly full disk, writes fail and succeed alternately, so reports are limited by time instead of by change.
void SignInAudit::report(Error error) {
    {
        std::lock_guard const lock{mutex_};
        auto const now = clock_->steady_now();
        if (reported_ && now < *reported_ + kReportInterval) return;
        reported_ = now;
    }
    if (on_failure_) on_failure_(error);
}

}  // namespace warder::authority
