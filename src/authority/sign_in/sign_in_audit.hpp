// SPDX-License-Identifier: MIT
#pragma once

#include "warder/authority.hpp"
#include "warder/error.hpp"
#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace warder::authority {

/// The outcome of an attempt to sign in, its user and its address.
struct SignInAttempt {
    enum class Outcome : std::uint8_t { kSucceeded, kFailed, kThrottled } outcome{};
    std::optional<std::string> user;     ///< As stored; nullopt for an unknown name, which may be a password.
    std::optional<std::string> address;  ///< If neither is set: many attempts, added up.
    UserId user_id{};                    ///< Of `user`.
    friend auto operator<=>(SignInAttempt const&, SignInAttempt const&) = default;
};

/// Attempts that are written as one event.
struct SignInAttempts {
    SignInAttempt attempt;
    Instant last_at{};
    std::int64_t count = 1;
};

/// Decides which attempts are written when: the first of its kind immediately, and equal ones that follow within a minute
/// as one event at the end of that minute. Neither a guesser nor a crowd of them can fill the log. Not synchronized.
///
/// Only a limited number of different kinds is kept apart; failed and throttled attempts beyond it are added up,
/// regardless of user and address. Successful ones are kept apart up to a limit per user and added up beyond it,
/// regardless of the address.
class SignInDigest {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kMostApart = 32;
    static constexpr std::size_t kSuccessesApart = 60;

    /// @return what is to be written now, if anything.
    std::optional<SignInAttempts> add(SignInAttempt attempt, Instant at, TimePoint now);
    /// Removes and returns the attempts whose minute is over. `take_all` returns all that wait.
    std::vector<SignInAttempts> take_due(TimePoint now);
    std::vector<SignInAttempts> take_all();
    /// Keeps attempts that could not be written. They are due immediately.
    void put_back(SignInAttempts const& attempts, TimePoint now);

  private:
    struct Waiting {
        TimePoint until{};
        Instant last_at{};
        std::int64_t count = 0;
    };
    struct Successes {
        TimePoint until{};
        std::size_t count = 0;
    };
    [[nodiscard]] bool count_success(SignInAttempt& attempt, TimePoint now);
    void forget_finished(TimePoint now);

    std::map<SignInAttempt, Waiting> windows_;
    std::map<std::string, Successes> successes_;  ///< By user.
};

/// Returns the event to write for these attempts.
[[nodiscard]] AuditEvent to_event(SignInAttempts const& attempts);

/// Writes sign-ins, and the events that the authority summed up, to the audit log in the background. Attempts that
/// can't be written are kept for the next time. Any thread may call it; nothing blocks.
class SignInAudit : public std::enable_shared_from_this<SignInAudit> {
  public:
    /// Called when events can't be written, at most once a minute.
    using OnFailure = std::function<void(Error)>;

    SignInAudit(Authority& authority, Clock const& clock, OnFailure on_failure)
        : authority_{&authority}, clock_{&clock}, on_failure_{std::move(on_failure)} {}

    void note(SignInAttempt attempt);
    /// Writes what is due, including the authority's summed events. Call it every few seconds.
    void write_due();
    /// Writes everything that waits. Calls `done` once all attempts noted before the call are in the log or writing
    /// them has failed.
    void write_all(std::move_only_function<void()> done);

  private:
    void write_all_sign_ins(std::move_only_function<void()> done);
    void write(std::vector<SignInAttempts> attempts, std::move_only_function<void()> done);
    void settle(Result<void> const& written, std::vector<SignInAttempts> const& attempts);
    void report(Error error);

    Authority* authority_;
    Clock const* clock_;
    OnFailure on_failure_;
    std::mutex mutex_;  // guards the two members below
    SignInDigest digest_;
    std::optional<SignInDigest::TimePoint> reported_;  ///< When `on_failure_` was last called.
};

}  // namespace warder::authority
