// SPDX-License-Identifier: MIT
#pragma once

#include "authority/presets.hpp"
#include "authority/sign_in/sessions.hpp"
#include "warder/authority.hpp"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace warder {
class Clock;
}

/// The JSON of the management API, which the command line prints with `--json`. Each object is written in one place.
namespace warder::api {

/// How long a revocation waits for other nodes.
inline constexpr std::chrono::milliseconds kLongestPropagation{5000};

inline constexpr std::string_view kTokenDeleted = "Token deleted";
inline constexpr std::string_view kTokensDeleted = "Tokens deleted";
inline constexpr std::string_view kUserDeleted = "User deleted";
inline constexpr std::string_view kPasswordChanged = "Password changed";
inline constexpr std::string_view kSignedOut = "Signed out";
inline constexpr std::string_view kSignedOutEverywhere = "Signed out everywhere";
inline constexpr std::string_view kAlive = "i am alive";
inline constexpr std::string_view kReady = "i am ready";

/// The frames of lists; entries are separated by commas.
inline constexpr std::string_view kTokenListBegin = R"({"message":"Tokens exists","jwt_tokens":{)";
inline constexpr std::string_view kTokenListEnd = "}}";
inline constexpr std::string_view kUserListBegin = R"({"users":[)";
inline constexpr std::string_view kUserListEnd = "]}";

/// Which of the keys that `?include=usage` adds a token has.
enum class UsageKeys : std::uint8_t {
    kNone,
    kCurrent,  ///< From the store and memory together, which count no use of a token that was never used.
    kStored,   ///< From the store alone: null if it doesn't keep uses.
};

/// Whether a user has the key that `?include=last_sign_in` adds.
enum class LastSignIn : std::uint8_t { kLeftOut, kShown };

/// Returns the object `{"message": message}`.
[[nodiscard]] std::string view_of_message(std::string_view message);

/// Returns a minted token: the only object that contains the token itself.
[[nodiscard]] std::string view_of(authority::MintedToken const& minted);
[[nodiscard]] std::string view_of(TokenRecord const& token, Clock const& clock, UsageKeys usage);
/// Returns a revoked token's object, with the nodes on which it is in force.
[[nodiscard]] std::string view_of_revocation(authority::Propagation const& propagation);
/// Returns the object of the tokens of a user that were revoked.
/// @param propagation  the nodes on which that is in force; null: not asked.
[[nodiscard]] std::string view_of_revocations(std::int64_t tokens, authority::Propagation const* propagation = nullptr);
[[nodiscard]] std::string view_of(UserRecord const& user, LastSignIn last_sign_in = LastSignIn::kLeftOut);
[[nodiscard]] std::string view_of(authority::AuditPage const& page);
[[nodiscard]] std::string view_of(authority::Sessions::Session const& session);
[[nodiscard]] std::string view_of(authority::Preset const& preset);
[[nodiscard]] std::string view_of(authority::Presets const& presets);
[[nodiscard]] std::string view_of(std::span<authority::Sessions::Listed const> sessions);

/// Appends an entry of a list of tokens: the token's id as key, and its object.
void append_entry(std::string& out, authority::OwnedToken const& token, Clock const& clock, bool names_owner, UsageKeys usage);

}  // namespace warder::api
