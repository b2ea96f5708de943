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

/// How an attempt to sign in ended, whose it was, and where it came from.
struct SignInAttempt {
    enum class Outcome : std::uint8_t { kSucceeded, kFailed, kThrottled } outcome{};
    std::optional<std::string> user;     ///< As stored; nothing for a name that is nobody's: it may be a password.
    std::optional<std::string> address;  ///< With neither: many, added up.
    friend auto operator<=>(SignInAttempt const&, SignInAttempt const&) = default;
};

/// Attempts that are written as one event.
struct SignInAttempts {
    SignInAttempt attempt;
    Instant last_at{};
    std::int64_t count = 1;
};

/// Says when which attempts are to be written: the first of its kind at once, those that are like it and follow within a minute as one event when
/// that is over. So neither a guesser nor a crowd of them can fill the log. Not synchronised.
///
/// Unlike ones are told apart up to a number; the bad ones beyond it are added up, whoever they are. Good ones are told apart up to a number for each
/// user; those beyond it are added up whatever their addresses.
class SignInDigest {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kMostApart = 32;
    static constexpr std::size_t kSuccessesApart = 60;

    /// @return what is to be written now, if anything.
    std::optional<SignInAttempts> add(SignInAttempt attempt, Instant at, TimePoint now);
    /// What has waited for its minute, or all that waits.
    std::vector<SignInAttempts> take_due(TimePoint now);
    std::vector<SignInAttempts> take_all();
    /// What could not be written waits again; it is due at once.
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

/// The event that tells of these attempts.
[[nodiscard]] AuditEvent to_event(SignInAttempts const& attempts);

/// Writes sign-ins to the audit log, without anybody waiting for it, and what the authority summed up. What can't be written stays counted. Any
/// thread may call it; nothing blocks.
class SignInAudit : public std::enable_shared_from_this<SignInAudit> {
  public:
    /// Hears that events can't be written, once a minute at most.
    using OnFailure = std::function<void(Error)>;

    SignInAudit(Authority& authority, Clock const& clock, OnFailure on_failure)
        : authority_{&authority}, clock_{&clock}, on_failure_{std::move(on_failure)} {}

    void note(SignInAttempt attempt);
    /// Writes what has waited for its time, the authority's summed events included. To be called every few seconds.
    void write_due();
    /// Writes all that waits; `done` comes when what was noted before the call is in the log, or can't be written.
    void write_all(std::move_only_function<void()> done);

  private:
    void write_all_sign_ins(std::move_only_function<void()> done);
    void write(std::vector<SignInAttempts> attempts, std::move_only_function<void()> done);
    void settle(Result<void> const& written, std::vector<SignInAttempts> const& attempts);
    void report(Error error);

    Authority* authority_;
    Clock const* clock_;
    OnFailure on_failure_;
    std::mutex mutex_;  // of the two below
    SignInDigest digest_;
    std::optional<SignInDigest::TimePoint> reported_;  ///< When `on_failure_` heard of it last.
};

}  // namespace warder::authority
