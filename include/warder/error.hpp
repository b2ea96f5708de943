// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string_view>

namespace warder::authority {

/// Why a use case failed. `src/auth/errors.cpp` maps these to HTTP statuses, the command line to exit codes.
enum class Error : std::uint8_t {
    // The object doesn't exist, belongs to another user, or is off limits.
    kTokenNotFound,
    kUserNotFound,
    kSessionNotFound,
    kForbidden,
    // The request is not valid.
    kDescriptionTakenOrBlank,
    kDescriptionTooLong,
    kDescriptionHasControl,
    kDescriptionNotText,  ///< Not valid UTF-8.
    kLifetimeTooShort,
    kLifetimeTooLong,
    kBadUserName,
    kPasswordTooShort,
    kPasswordTooLong,
    kPasswordNotText,     ///< Not valid UTF-8.
    kPasswordHasControl,  ///< Basic authentication can't carry control characters (RFC 7617, section 2).
    kPasswordIsToken,     ///< Looks like a token, and tokens are never tried as passwords.
    kUserExists,
    kLastAdmin,
    kServiceAccountAsAdmin,
    kTooManyTokens,
    kAlreadyRenewed,  ///< The token was renewed, and the overlap has not ended.
    kTokenTooLong,    ///< Description and grants together don't fit into a token.
    kUnknownCursor,   ///< `after` is not the id of a token in the list.
    kUnknownKey,
    kKeyIsSigning,       ///< The signing key can't be retired; rotate first.
    kKeySignsElsewhere,  ///< A node has not learned yet that a newer key signs.
    // Sign-in.
    kWrongCredentials,
    kThrottled,
    kTooManyChanges,  ///< A user who is not an administrator made more changes than the audit log accepts from one user.
    // Internal errors.
    kNotSupportedByStore,  ///< The store in use doesn't support this; nothing was changed.
    kBusy,                 ///< A bounded queue is full or memory is short; nothing was changed.
    kStoreUnavailable,     ///< The store failed or is not writable; nothing was changed.
    kStoreOutcomeUnknown,  ///< The store failed during a commit; the change may or may not have been made.
    kStoreFull,            ///< No space left on the device; nothing was changed.
};

/// Returns a sentence for people that says what is wrong and what is right. It contains no text from outside.
[[nodiscard]] std::string_view message(Error error) noexcept;

template <class T>
using Result = std::expected<T, Error>;

/// Callback that receives the outcome. Called exactly once, from a thread of the callee. It must not block and must not
/// throw.
template <class T>
using Done = std::move_only_function<void(Result<T>)>;

}  // namespace warder::authority
