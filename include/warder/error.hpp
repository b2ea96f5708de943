// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string_view>

namespace warder::authority {

/// Why a use case refused, or could not be done. One word each; `http` and `cli` alone turn them into statuses and exit codes.
enum class Error : std::uint8_t {
    // What the caller asked for is not there or not theirs.
    kTokenNotFound,
    kUserNotFound,
    kForbidden,
    // What the caller asked for can't be.
    kDescriptionTakenOrBlank,
    kDescriptionTooLong,
    kDescriptionHasControl,
    kDescriptionNotText,  ///< No valid UTF-8.
    kLifeTooShort,
    kLifeTooLong,
    kBadUserName,
    kPasswordTooShort,
    kPasswordTooLong,
    kPasswordNotText,     ///< No valid UTF-8.
    kPasswordHasControl,  ///< Basic can't carry it (RFC 7617 section 2).
    kPasswordIsToken,     ///< It looks like a token, which is never tried as a password.
    kUserExists,
    kLastAdmin,
    kTooManyTokens,
    kTokenTooLong,   ///< Description and endpoints together are more than a token may carry.
    kUnknownCursor,  ///< `after` names no token of the list.
    kUnknownKey,
    kKeyIsSigning,  ///< The key that signs can't be retired: rotate first.
    kKeyInUse,
    // Sign-in.
    kWrongCredentials,
    kThrottled,
    kTooManyChanges,  ///< A user who is no administrator made more changes than the audit log takes from one user.
    // The machinery.
    kNotSupportedByStore,  ///< The store in use has no place for it; nothing was changed.
    kBusy,                 ///< A bounded queue is full or memory is short; nothing was done.
    kStoreUnavailable,     ///< The store failed or can't be written; nothing was changed.
    kStoreOutcomeUnknown,  ///< The store failed while it committed; it may or may not have been changed.
    kStoreFull,            ///< No space left; nothing was changed.
};

/// A sentence for people that says what was wrong and what would be right, without any text from outside.
[[nodiscard]] std::string_view message(Error error) noexcept;

template <class T>
using Result = std::expected<T, Error>;

/// Called exactly once with the outcome, from a thread of the callee's; it must not block and must not throw.
template <class T>
using Done = std::move_only_function<void(Result<T>)>;

}  // namespace warder::authority
