// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The users and tokens of Specter's users.json. Each entry has its JSON in the file together with its parsed meaning.
/// A change parses the JSON, sets the members that it concerns, and prints it again.
namespace warder::store {

/// A token in the map of its user. Immutable once it is in a document.
struct TokenEntry {
    std::string key;   ///< Its key in the map.
    std::string text;  ///< Its value as it is printed in the file: that costs less memory than the value, and less time in a write.
    /// Whether it can be used. An entry that isn't a token of this id, or whose grants can't be read, stays in the file
    /// but is never returned.
    bool is_sound = false;
    TokenRecord record{};        ///< The meaning of the value, if `is_sound`.
    std::uint64_t position = 0;  ///< Its position in the order of minting, across all users.
};

/// Returns a token's value as `TokenEntry::text`.
[[nodiscard]] std::string token_text(boost::json::value const& value);
/// Reads a token. `position` is left to the caller.
[[nodiscard]] TokenEntry read_token_entry(std::string_view key, boost::json::value const& value, UserId owner);
/// @param jwt  the token itself.
[[nodiscard]] TokenEntry make_token_entry(TokenRecord const& record, std::string_view jwt);
void set_description(TokenEntry& entry, std::string_view description);
/// Sets all limits, even if the token itself claims others.
void set_policy(TokenEntry& entry, TokenPolicy const& policy);
/// Returns the token itself.
[[nodiscard]] std::string jwt_of(TokenEntry const& entry);

/// A user of the file. Immutable once it is in a document.
struct UserEntry {
    std::string specter_id;                  ///< Names directories in Specter. Never changes.
    UserRecord record;                       ///< `token_count` counts the sound tokens.
    std::string text;                        ///< Its object as it is printed in the file, with an empty map of tokens.
    std::size_t map_at = std::string::npos;  ///< Where the map is in `text`, if there is one.
    /// Whether the user can be used. A user whose name is invalid here, or equals that of an earlier user ignoring
    /// case, stays in the file but is never returned.
    bool is_sound = false;
    std::vector<std::shared_ptr<TokenEntry const>> tokens{};
};

/// A user without tokens, and the map of their tokens.
struct UserReading {
    UserEntry entry;
    boost::json::object tokens;
};
/// Reads a user. @return on failure, the end of a sentence that says why Specter itself would not read it: "has no
/// string \"id\"".
[[nodiscard]] std::expected<UserReading, std::string> read_user_entry(boost::json::value value);
/// Makes a user's entry as Specter would write it, with the members that it reads, plus `created_at`. @param record
/// with a hash in Specter's format, or none.
[[nodiscard]] UserEntry make_user_entry(UserRecord const& record, std::string_view specter_id);
void set_admin(UserEntry& entry, bool is_admin);
/// @param hash  in Specter's format.
void set_password_hash(UserEntry& entry, std::string_view hash);
void add_token(UserEntry& entry, std::shared_ptr<TokenEntry const> token);

void print_user(std::string& out, UserEntry const& entry);

}  // namespace warder::store
