// SPDX-License-Identifier: MIT
#include "warder/error.hpp"

#include "warder/verifier.hpp"

namespace warder::authority {

// The two without a full stop are Specter's, byte for byte: its clients compare them.
std::string_view message(Error error) noexcept {
    switch (error) {
        case Error::kTokenNotFound:
            return "Token does not exist, make sure to enter correct token id";
        case Error::kUserNotFound:
            return "There is no user with that name.";
        case Error::kForbidden:
            return "You are not allowed to do this.";
        case Error::kDescriptionTakenOrBlank:
            return "Token description already exists or is blank";
        case Error::kDescriptionTooLong:
            return "The token description is too long: it may have at most 200 characters.";
        case Error::kDescriptionHasControl:
            return "The token description contains a control character; use printable text on one line.";
        case Error::kDescriptionNotText:
            return "The token description is not valid UTF-8.";
        case Error::kLifetimeTooShort:
            return "The token lifetime is shorter than one second.";
        case Error::kLifetimeTooLong:
            return "The token lifetime is longer than the configured maximum (tokens.max_life).";
        case Error::kBadUserName:
            return "A user name must have 1 to 64 characters (ASCII letters, digits, \".\", \"_\", \"-\" and \"@\"), and must start with a letter or "
                   "digit.";
        case Error::kPasswordTooShort:
            return "The password is too short: it must have at least 8 bytes.";
        case Error::kPasswordTooLong:
            return "The password is too long: it may have at most 1024 bytes.";
        case Error::kPasswordNotText:
            return "The password is not valid UTF-8.";
        case Error::kPasswordHasControl:
            return "The password contains a control character, such as a tab or a line break, which HTTP Basic authentication can't carry; use "
                   "printable text on one line.";
        case Error::kPasswordIsToken:
            return "The password looks like a token, and a token is never accepted as a password; choose another password.";
        case Error::kUserExists:
            return "A user with that name already exists; user names are not case-sensitive.";
        case Error::kLastAdmin:
            return "This is the last administrator; make another user an administrator first.";
        case Error::kTokenTooLong:
            return "The token would be longer than 8 KiB; shorten its description or its endpoints.";
        case Error::kTooManyTokens:
            return "The user has the maximum number of tokens (tokens.max_per_user), including expired tokens that are still listed; delete some "
                   "first.";
        case Error::kUnknownCursor:
            return "\"after\" is not the id of a token in this list.";
        case Error::kUnknownKey:
            return "There is no signing key with that id; 'warder key list' lists them.";
        case Error::kKeyIsSigning:
            return "This key signs new tokens; run 'warder key rotate' first.";
        case Error::kKeyInUse:
            return "Active tokens need this key.";
        case Error::kWrongCredentials:
            return "The user name or password is wrong.";
        case Error::kThrottled:
            return "Too many wrong passwords; try again later.";
        case Error::kTooManyChanges:
            return "You made more changes than the audit log accepts from one user (100,000 at once, then one per second); try again later.";
        case Error::kNotSupportedByStore:
            return "The store of this server, a users.json of Specter Desktop, supports neither ceilings nor an overlap of a renewed token; nothing "
                   "was changed.";
        case Error::kBusy:
            return "The server is busy; try again in a moment.";
        case Error::kStoreUnavailable:
            return "The store can't be read or written at the moment; nothing was changed.";
        case Error::kStoreOutcomeUnknown:
            return "The store failed while it saved the change, which may or may not have taken effect; check before you try again.";
        case Error::kStoreFull:
            return "The store has no space left; nothing was changed.";
    }
    return "";
}

std::string_view code(TokenError error) noexcept {
    switch (error) {
        case TokenError::kNotAToken:
            return "not_a_token";
        case TokenError::kBadHeader:
            return "bad_header";
        case TokenError::kUnknownKey:
            return "unknown_key";
        case TokenError::kBadSignature:
            return "bad_signature";
        case TokenError::kBadClaims:
            return "bad_claims";
        case TokenError::kExpired:
            return "expired";
        case TokenError::kFromTheFuture:
            return "from_the_future";
        case TokenError::kNotRegistered:
            return "not_registered";
    }
    return "";
}

}  // namespace warder::authority
