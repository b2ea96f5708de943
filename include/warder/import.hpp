// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

/// Users and tokens that another program kept.
namespace warder::authority {

struct ImportedToken {
    TokenRecord record;  ///< The owner is not read; `key_id` names the key of our ring under which its signature holds.
    std::string text;    ///< The token itself.
};

struct ImportedUser {
    UserRecord record;  ///< The id and the count of tokens are not read.
    std::vector<ImportedToken> tokens;
};

/// What became of them: each user and each token is counted once.
struct ImportReport {
    std::vector<std::string> added_users;  ///< Their names.
    std::int64_t known_users = 0;          ///< Who exist: password, flag and ceiling stay.
    std::int64_t refused_names = 0;        ///< That no user of ours may have.
    std::int64_t names_taken = 0;          ///< That differ from another's by case alone, or not at all.

    std::int64_t added_tokens = 0;
    std::int64_t known_tokens = 0;
    std::int64_t tokens_of_left_out = 0;  ///< Of users who were left out.
    std::int64_t unreadable = 0;
    std::int64_t expired = 0;
    std::int64_t unsigned_by_us = 0;    ///< Signed with none of our keys.
    std::int64_t for_another_name = 0;  ///< Made for another user than the one who has them.
    std::int64_t refused_descriptions = 0;
    std::int64_t descriptions_taken = 0;  ///< By another live token of the user.
    std::int64_t ids_taken = 0;
    std::int64_t too_many = 0;  ///< Beyond `max_per_user`.
};

/// How far an import in batches has come.
struct ImportProgress {
    ImportReport report;
    std::size_t user = 0;         ///< Where to go on.
    std::size_t token = 0;        ///< Of that user.
    UserId owner{};               ///< That user, as the store knows them.
    std::set<std::string> names;  ///< That were met so far, folded.
    bool is_done = false;
    bool is_rehearsal = false;  ///< Set for the first batch, which then has to hold all: everything is judged and counted, and nothing stays.
};

}  // namespace warder::authority
