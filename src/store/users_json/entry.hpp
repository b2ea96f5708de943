// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

/// The users and tokens of Specter's users.json. Each entry keeps its text in the file together with its parsed
/// meaning. A change edits the text only where it must.
namespace warder::store {

/// A token in the map of its user. Immutable: a changed token is a new entry.
struct TokenEntry {
    std::string key;   ///< Its key in the map, with quotes.
    std::string text;  ///< Its object.
    /// Whether it can be used. An entry that isn't a token of this id, or whose grants can't be read, stays in the file
    /// but is never returned.
    bool is_sound = false;
    TokenRecord record;          ///< The parsed text, if `is_sound`.
    std::uint64_t position = 0;  ///< Its position in the order of minting, across all users.
};

/// Parses an entry. @param key  with its quotes. @param text  an object in the form of `lay_out`. `position` is left to
/// the caller.
[[nodiscard]] TokenEntry read_token_entry(std::string_view key, std::string_view text, UserId owner);
/// @param jwt  the token itself.
[[nodiscard]] TokenEntry make_token_entry(TokenRecord const& record, std::string_view jwt);
[[nodiscard]] TokenEntry with_description(TokenEntry const& entry, std::string_view description);
/// Null removes the token's grants, even if the token itself claims some.
[[nodiscard]] TokenEntry with_endpoints(TokenEntry const& entry, Grants const& endpoints);
/// Returns the token itself.
[[nodiscard]] std::string jwt_of(TokenEntry const& entry);

/// A user of the file. Immutable: a changed user is a new entry.
struct UserEntry {
    std::string specter_id;  ///< Names directories in Specter. Never changes.
    UserRecord record;       ///< `token_count` counts the sound tokens.
    /// Whether the user can be used. A user whose name is invalid here, or equals that of an earlier user ignoring
    /// case, stays in the file but is never returned.
    bool is_sound = false;
    std::string head, tail;  ///< The user's object, before and after its map of tokens.
    bool has_map = false;    ///< If false, `head` is the whole object.
    std::vector<std::shared_ptr<TokenEntry const>> tokens;
};

/// A user's entry without its tokens, and the map of its tokens, empty if there is none.
struct UserReading {
    UserEntry entry;
    std::string_view map;
};
/// Parses a user. @param text  a value in the form of `lay_out`. @return on failure, the end of a sentence that says
/// why Specter itself would not read it: "has no string \"id\"".
[[nodiscard]] std::expected<UserReading, std::string> read_user_entry(std::string_view text);
/// Makes a user's entry as Specter would write it, with the members that it reads, plus `created_at`. @param record
/// with a hash in Specter's format, or none.
[[nodiscard]] UserEntry make_user_entry(UserRecord const& record, std::string_view specter_id);
[[nodiscard]] UserEntry with_admin(UserEntry const& entry, bool is_admin);
/// @param hash  in Specter's format.
[[nodiscard]] UserEntry with_password_hash(UserEntry const& entry, std::string_view hash);
/// Returns the entry with a map, to which tokens can be added.
[[nodiscard]] UserEntry with_map(UserEntry const& entry);

void append_user(std::string& out, UserEntry const& entry);

}  // namespace warder::store
