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

/// The users and tokens of Specter's users.json: each is kept as the text that stands in the file beside what that text says. A change alters the
/// text where it must and leaves the rest as it is.
namespace warder::store {

/// A token in the map of its user. Never changes: a changed one is another.
struct TokenEntry {
    std::string key;   ///< Its key in the map, with quotes.
    std::string text;  ///< Its object.
    /// Whether it can be used: what can't be read as a token of this id and its limits stays in the file, and is shown to nobody.
    bool is_sound = false;
    TokenRecord record;       ///< What the text says; of a sound one.
    std::uint64_t place = 0;  ///< In the order of minting, over all users.
};

/// @param key  with its quotes. @param text  an object that is laid out. `place` is left to the caller.
[[nodiscard]] TokenEntry read_token_entry(std::string_view key, std::string_view text, UserId owner);
/// @param jwt  the token itself.
[[nodiscard]] TokenEntry make_token_entry(TokenRecord const& record, std::string_view jwt);
[[nodiscard]] TokenEntry with_description(TokenEntry const& entry, std::string_view description);
/// Null lifts the limit, whatever the token itself says.
[[nodiscard]] TokenEntry with_endpoints(TokenEntry const& entry, Grants const& endpoints);
/// The token itself.
[[nodiscard]] std::string jwt_of(TokenEntry const& entry);

/// A user of the file. Never changes: a changed one is another.
struct UserEntry {
    std::string specter_id;  ///< Names folders; never changed.
    UserRecord record;       ///< `token_count` is that of the sound tokens.
    /// Whether it can be used: a user whose name is refused here, or is that of an earlier one but for its case, stays in the file and is shown to
    /// nobody.
    bool is_sound = false;
    std::string head, tail;  ///< The user's object, but for the map of tokens between them.
    bool has_map = false;    ///< Without it, the head is the whole object.
    std::vector<std::shared_ptr<TokenEntry const>> tokens;
};

/// A user's entry without the tokens, and the map in which they stand, empty where there is none.
struct UserReading {
    UserEntry entry;
    std::string_view map;
};
/// @param text  a value that is laid out. @return a sentence's end for what Specter itself would not read: "has no text \"id\"".
[[nodiscard]] std::expected<UserReading, std::string> read_user_entry(std::string_view text);
/// As Specter would have written it, with the members that it reads, and `created_at`. @param record  with a hash of Specter's kind, or none.
[[nodiscard]] UserEntry make_user_entry(UserRecord const& record, std::string_view specter_id);
[[nodiscard]] UserEntry with_admin(UserEntry const& entry, bool is_admin);
/// @param hash  of Specter's kind.
[[nodiscard]] UserEntry with_password_hash(UserEntry const& entry, std::string_view hash);
/// Ready for tokens.
[[nodiscard]] UserEntry with_map(UserEntry const& entry);

void append_user(std::string& out, UserEntry const& entry);

}  // namespace warder::store
