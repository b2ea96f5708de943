// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The audit log: who changed what, and who signed in, from where. Events are added and never changed; only age ends them. None has a secret in it,
/// nor a name that is no user's, which may be a password.
namespace warder::authority {

/// What can be done, as the log and the API call it.
namespace audit_action {
inline constexpr std::string_view kSignInSucceeded = "sign_in.succeeded";  ///< By a password that was hashed; the target is the user's name.
inline constexpr std::string_view kSignInFailed = "sign_in.failed";        ///< The target is the user's name or `unknown user`, maybe with a count.
inline constexpr std::string_view kSignInThrottled = "sign_in.throttled";  ///< As above; nothing was hashed.
inline constexpr std::string_view kTokenCreated = "token.created";         ///< The target is the token's id; so below.
inline constexpr std::string_view kTokenUpdated = "token.updated";
inline constexpr std::string_view kTokenRenewed = "token.renewed";  ///< The old token's; the event before it tells of the new one, as created.
inline constexpr std::string_view kTokenRevoked = "token.revoked";
inline constexpr std::string_view kTokenImported = "token.imported";
inline constexpr std::string_view kUserCreated = "user.created";  ///< The target is the user's name; so below.
inline constexpr std::string_view kUserUpdated = "user.updated";
inline constexpr std::string_view kPasswordChanged = "user.password_changed";
inline constexpr std::string_view kUserDeleted = "user.deleted";  ///< And all of their tokens.
inline constexpr std::string_view kUserImported = "user.imported";
inline constexpr std::string_view kKeyRotated = "key.rotated";  ///< The target is the id of the key that signs from here on.
inline constexpr std::string_view kKeyRetired = "key.retired";  ///< The target is the key's id; so below.
inline constexpr std::string_view kKeyImported = "key.imported";
inline constexpr std::string_view kKeyTokensRevoked = "key.tokens_revoked";  ///< All tokens that it signed.
inline constexpr std::string_view kKeyUnchanged = "key.unchanged";           ///< What was announced of it just before could not be done.
}  // namespace audit_action

/// What was done, and by whom. Nothing stands for what is not known or doesn't apply.
struct AuditEvent {
    Instant time{};
    std::optional<std::string> actor;    ///< A user's name as stored, or `local:` and an account of the machine.
    std::optional<std::string> address;  ///< See `address_text`; nothing for what was done on the machine itself.
    std::string action;                  ///< See `audit_action`; an older or newer version may have written another.
    std::string target;                  ///< See `audit_action`.
    friend bool operator==(AuditEvent const&, AuditEvent const&) = default;
};

/// An event as a store keeps it.
struct AuditRecord {
    std::int64_t id = 0;  ///< Increasing, from 1, never used again.
    AuditEvent event;
};

/// Which events are shown: newest first, by id.
struct AuditQuery {
    std::optional<std::int64_t> before;  ///< Only events with a smaller id, whether or not this one is there.
    std::uint32_t limit = 1000;
};

struct AuditPage {
    std::vector<AuditRecord> events;
    bool has_more = false;  ///< Older ones follow.
};

}  // namespace warder::authority
