// SPDX-License-Identifier: MIT
#pragma once

#include "store/common/damaged_rows.hpp"
#include "store/users_json/entry.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::store {

/// The content of users.json. A value type that is cheap to copy: copies share their entries, and a change replaces
/// only the entries that it affects.
struct UsersDocument {
    std::vector<std::shared_ptr<UserEntry const>> users;  ///< In the order of the file, including those that can't be used.
    std::int64_t next_user = 1;                           ///< Ids are private to this process, since the file has no ids that are never reused.
    std::uint64_t next_position = 1;

    /// These return a usable user, or nullptr if there is none.
    [[nodiscard]] UserEntry const* find(UserId id) const noexcept;
    [[nodiscard]] UserEntry const* find(std::string_view name) const;

    /// Returns the users and tokens in the file that can't be used, and where they are.
    [[nodiscard]] DamagedRows unused() const;
};

/// What can be read of a file: an entry that is not a user doesn't affect the others.
struct ReadableUsers {
    UsersDocument document;
    std::vector<std::string> skipped;  ///< For each skipped entry, its number and what is wrong, without any of its content.
};

/// Parses the file's text. Users and tokens that are also in `before` keep their ids and positions; tokens that did not
/// change are the same entries.
/// @return on failure the end of a sentence that says why the text is not a list of users and where, without any
/// content of the file.
[[nodiscard]] std::expected<ReadableUsers, std::string> read_readable_users(std::string_view text, UsersDocument const& before = {});
/// Like `read_readable_users`, but fails if an entry is not a user.
[[nodiscard]] std::expected<UsersDocument, std::string> read_users(std::string_view text, UsersDocument const& before = {});

/// Appends the file's text in Python's layout. Every member that was read and not changed keeps its value and its place,
/// even if Warder doesn't use it.
void write_users(std::string& out, UsersDocument const& document);

/// Returns the changes that lead from `before` to `after`, as a listener must receive them.
[[nodiscard]] std::vector<authority::Change> difference(UsersDocument const& before, UsersDocument const& after);

}  // namespace warder::store
