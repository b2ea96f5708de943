// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// Users and tokens to import from another program.
namespace warder::authority {

struct ImportedToken {
    TokenRecord record;  ///< `owner` is ignored; `key_id` is the key of the key ring that verifies the signature.
    std::string text;    ///< The token itself.
};

struct ImportedUser {
    UserRecord record;  ///< `id` and `token_count` are ignored.
    std::vector<ImportedToken> tokens;
};

/// The result of an import. Each user and each token is counted once.
struct ImportReport {
    std::vector<std::string> added_users;      ///< Their names.
    std::int64_t known_users = 0;              ///< Users that already exist; their password, administrator flag and ceiling stay as they are.
    std::int64_t invalid_names = 0;            ///< Names that are not valid here.
    std::int64_t names_taken = 0;              ///< Names that equal another user's name, ignoring ASCII case.
    std::vector<std::string> skipped_names{};  ///< These two kinds of names.

    std::int64_t added_tokens = 0;
    std::int64_t known_tokens = 0;
    std::int64_t tokens_of_skipped_users = 0;  ///< Tokens of users who were skipped.
    std::int64_t unreadable = 0;
    std::int64_t expired = 0;
    std::int64_t unsigned_by_us = 0;    ///< Not signed by any key of the key ring.
    std::int64_t for_another_name = 0;  ///< The token names another user than the one who has it.
    std::int64_t invalid_descriptions = 0;
    std::int64_t descriptions_taken = 0;  ///< Another active token of the user has the description.
    std::int64_t ids_taken = 0;
    std::int64_t too_many = 0;  ///< Beyond `max_per_user`.
};

/// The position of an import in batches.
struct ImportProgress {
    ImportReport report;
    std::size_t user = 0;         ///< Index of the next user.
    std::size_t token = 0;        ///< Index of the next token of that user.
    UserId owner{};               ///< That user's id in the store.
    std::set<std::string> names;  ///< Names seen so far, in lower case.
    bool is_done = false;
    bool is_dry_run = false;  ///< Set it for the first and only batch: everything is checked and counted, but nothing is stored.
};

}  // namespace warder::authority
