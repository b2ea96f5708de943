// SPDX-License-Identifier: MIT
#include "warder/error.hpp"

#include "core/text/enum_texts.hpp"
#include "warder/verifier.hpp"

namespace warder::authority {
namespace {

// The two without a full stop are Specter's, byte for byte: its clients compare them.
constexpr core::EnumTexts<Error::kStoreFull> kMessages{{
    {Error::kTokenNotFound, "Token does not exist, make sure to enter correct token id"},
    {Error::kUserNotFound, "There is no user with that name."},
    {Error::kSessionNotFound, "There is no session with that id, or it has ended."},
    {Error::kForbidden, "You are not allowed to do this."},
    {Error::kDescriptionTakenOrBlank, "Token description already exists or is blank"},
    {Error::kDescriptionTooLong, "The token description is too long: it may have at most 200 characters."},
    {Error::kDescriptionHasControl, "The token description contains a control character; use printable text on one line."},
    {Error::kDescriptionNotText, "The token description is not valid UTF-8."},
    {Error::kLifetimeTooShort, "The token lifetime is shorter than one second."},
    {Error::kLifetimeTooLong, "The token lifetime is longer than the configured maximum (tokens.max_life)."},
    {Error::kBadUserName,
     "A user name must have 1 to 64 characters (ASCII letters, digits, \".\", \"_\", \"-\" and \"@\"), and must start with a letter or "
     "digit."},
    {Error::kPasswordTooShort, "The password is too short: it must have at least 8 bytes."},
    {Error::kPasswordTooLong, "The password is too long: it may have at most 1024 bytes."},
    {Error::kPasswordNotText, "The password is not valid UTF-8."},
    {Error::kPasswordHasControl,
     "The password contains a control character, such as a tab or a line break, which HTTP Basic authentication can't carry; use "
     "printable text on one line."},
    {Error::kPasswordIsToken, "The password looks like a token, and a token is never accepted as a password; choose another password."},
    {Error::kUserExists, "A user with that name already exists; user names are not case-sensitive."},
    {Error::kLastAdmin, "This is the last administrator; make another user an administrator first."},
    {Error::kServiceAccountAsAdmin,
     "A user without a password is a service account, which can't be an administrator (\"is_admin\"); set a password first."},
    {Error::kTooManyTokens,
     "The user has the maximum number of tokens (tokens.max_per_user), including expired tokens that are still listed; delete some "
     "first."},
    {Error::kAlreadyRenewed, "The token was already renewed; renew the token that replaced it (\"replaced_by\")."},
    {Error::kTokenTooLong, "The token would be longer than 8 KiB; shorten its description or its endpoints."},
    {Error::kUnknownCursor, "\"after\" is not the id of a token in this list."},
    {Error::kUnknownKey, "There is no signing key with that id; 'warder key list' lists them."},
    {Error::kKeyIsSigning, "This key signs new tokens; run 'warder key rotate' first."},
    {Error::kKeySignsElsewhere,
     "A node still signs with this key, because it has not learned of the newer one yet or does not respond; try again in 20 seconds."},
    {Error::kWrongCredentials, "The user name or password is wrong."},
    {Error::kThrottled, "Too many wrong passwords; try again later."},
    {Error::kTooManyChanges,
     "You made more changes than the audit log accepts from one user (100,000 at once, then one per second); try again later."},
    {Error::kNotSupportedByStore,
     "The store of this server, a users.json of Specter Desktop, supports neither ceilings nor service accounts nor an overlap of a "
     "renewed token, and keeps no uses of tokens; nothing was changed."},
    {Error::kBusy, "The server is busy; try again in a moment."},
    {Error::kStoreUnavailable, "The store can't be read or written at the moment; nothing was changed."},
    {Error::kStoreOutcomeUnknown, "The store failed while it saved the change, which may or may not have taken effect; check before you try again."},
    {Error::kStoreFull, "The store has no space left; nothing was changed."},
}};

constexpr core::EnumTexts<TokenError::kStaleIndex> kCodes{{
    {TokenError::kNotAToken, "not_a_token"},
    {TokenError::kBadHeader, "bad_header"},
    {TokenError::kUnknownKey, "unknown_key"},
    {TokenError::kBadSignature, "bad_signature"},
    {TokenError::kBadClaims, "bad_claims"},
    {TokenError::kExpired, "expired"},
    {TokenError::kFromTheFuture, "from_the_future"},
    {TokenError::kDisabled, "disabled"},
    {TokenError::kNotRegistered, "not_registered"},
    {TokenError::kStaleIndex, "stale_index"},
}};

}  // namespace

std::string_view message(Error error) noexcept { return kMessages[error]; }

std::string_view code(TokenError error) noexcept { return kCodes[error]; }

}  // namespace warder::authority
