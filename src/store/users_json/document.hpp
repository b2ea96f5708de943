// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/damaged_rows.hpp"
#include "store/users_json/entry.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::store {

/// All of users.json. A value: a copy is cheap, as entries are shared, and each change makes new ones of the few that it touches.
struct UsersDocument {
    std::vector<std::shared_ptr<UserEntry const>> users;  ///< In the order of the file; those that can't be used too.
    std::int64_t next_user = 1;                           ///< Ids are this process's own; the file has none that is never used again.
    std::uint64_t next_place = 1;

    /// A user who can be used; nullptr without one.
    [[nodiscard]] UserEntry const* find(UserId id) const noexcept;
    [[nodiscard]] UserEntry const* find(std::string_view name) const;

    /// The users and tokens in the file that can't be used, and where they are.
    [[nodiscard]] DamagedRows unused() const;
};

/// Reads the file's text. Users and tokens that `before` has keep their ids and places, and unchanged ones cost little.
/// @return a sentence's end that says what is damaged and where, without any of the text.
[[nodiscard]] std::expected<UsersDocument, std::string> read_users(std::string_view text, UsersDocument const& before = {});

/// What can be read of a file: an entry that is no user leaves the others as they are.
struct ReadableUsers {
    UsersDocument document;
    std::vector<std::string> skipped;  ///< Of each entry left out, its number and what is wrong, without any of its text.
};

/// The same for an import, which takes what it can read.
/// @return a sentence's end for what is no list of users at all.
[[nodiscard]] std::expected<ReadableUsers, std::string> read_readable_users(std::string_view text);

/// The file's text: as Python writes it, with all that was read and not changed.
void write_users(std::string& out, UsersDocument const& document);

/// What a listener must hear to get from the one to the other.
[[nodiscard]] std::vector<authority::Change> difference(UsersDocument const& before, UsersDocument const& after);

}  // namespace warder::store
