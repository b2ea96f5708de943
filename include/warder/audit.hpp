// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The audit log records who changed what, who signed in, and from where. Events are only added, never modified; they
/// are deleted only when they are too old. No event contains a secret, or a user name that doesn't exist (which may be
/// a mistyped password).
namespace warder::authority {

/// The actions, as they are spelled in the log and in the API.
namespace audit_action {
inline constexpr std::string_view kSignInSucceeded = "sign_in.succeeded";  ///< With a password that was hashed. The target is the user's name.
inline constexpr std::string_view kSignInFailed =
    "sign_in.failed";  ///< The target is the user's name or `unknown user`, possibly followed by a count.
inline constexpr std::string_view kSignInThrottled = "sign_in.throttled";  ///< Same target as above; the password was not hashed.
inline constexpr std::string_view kTokenCreated = "token.created";         ///< The target is the token's id, as in the next four.
inline constexpr std::string_view kTokenUpdated = "token.updated";
inline constexpr std::string_view kTokenRenewed =
    "token.renewed";  ///< The target is the old token's id. The event before it is the `token.created` of the new token.
inline constexpr std::string_view kTokenRevoked = "token.revoked";
inline constexpr std::string_view kTokenImported = "token.imported";
inline constexpr std::string_view kUserCreated = "user.created";  ///< The target is the user's name, as in the next four.
inline constexpr std::string_view kUserUpdated = "user.updated";
inline constexpr std::string_view kPasswordChanged = "user.password_changed";
inline constexpr std::string_view kUserDeleted = "user.deleted";  ///< All of the user's tokens are deleted, too.
inline constexpr std::string_view kUserImported = "user.imported";
inline constexpr std::string_view kUserTokensRevoked =
    "user.tokens_revoked";                                             ///< All of the user's tokens were revoked. The target is the user's name.
inline constexpr std::string_view kUserSignedOut = "user.signed_out";  ///< All of the user's sessions were ended. The target is the user's name.
inline constexpr std::string_view kSessionEnded = "session.ended";     ///< The target is the session's id as in lists.
inline constexpr std::string_view kKeyRotated = "key.rotated";         ///< The target is the id of the new signing key.
inline constexpr std::string_view kKeyRetired = "key.retired";         ///< The target is the key's id, as in the next three.
inline constexpr std::string_view kKeyImported = "key.imported";
inline constexpr std::string_view kKeyTokensRevoked = "key.tokens_revoked";  ///< All tokens that the key signed were revoked.
inline constexpr std::string_view kKeyUnchanged = "key.unchanged";           ///< The change announced by the previous event of this key failed.
}  // namespace audit_action

/// One event: what was done, and by whom. An empty optional means unknown or not applicable.
struct AuditEvent {
    Instant time{};
    std::optional<std::string> actor;    ///< A user's name as stored, or `local:` and the name of an operating-system account.
    std::optional<std::string> address;  ///< See `address_text`; nullopt for actions on the machine itself.
    std::string action;                  ///< See `audit_action`. Other versions of Warder may have written other values.
    std::string target;                  ///< See `audit_action`.
    friend bool operator==(AuditEvent const&, AuditEvent const&) = default;
};

/// An event as stored.
struct AuditRecord {
    std::int64_t id = 0;  ///< Starts at 1, increases, and is never reused.
    AuditEvent event;
};

/// Selects the events of a page: newest first, by id.
struct AuditQuery {
    std::optional<std::int64_t> before;  ///< Only events with a smaller id. An event with this id need not exist.
    std::uint32_t limit = 1000;
};

struct AuditPage {
    std::vector<AuditRecord> events;
    bool has_more = false;  ///< Whether older events follow.
};

}  // namespace warder::authority
