// SPDX-License-Identifier: MIT
#include "store/postgres/write_batch.hpp"

#include "core/rules.hpp"
#include "core/try.hpp"
#include "store/common/columns.hpp"
#include "store/postgres/records.hpp"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace warder::store::postgres {

void WriteBatch::list_live(UserId owner, std::string_view description, Instant now, std::vector<TokenRecord>& found) const {
    std::ranges::copy_if(tokens_, std::back_inserter(found),
                         [&](TokenRecord const& token) { return token.owner == owner && token.description == description && token.ends_at() > now; });
}

/// Users are locked in the order of their ids, so that nodes that do the same at once don't block each other.
Pg<void> WriteBatch::read_ahead(Connection& connection, std::span<WriteRequest* const> requests) {
    std::set<std::pair<UserId, std::string>> wanted;
    for (auto const* const request : requests)
        if (request->reads) wanted.emplace(request->reads->user, request->reads->description);
    if (wanted.empty()) return {};
    Array owners{Array::Of::kIntegers};
    Array descriptions{Array::Of::kTexts};
    for (auto const& [owner, description] : wanted) {
        owners.add(number_of(owner));
        descriptions.add(std::string_view{description});
    }
    WARDER_TRY(auto const users, connection.query("SELECT " WARDER_PG_USER_COLUMNS " FROM users WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
                                                  Parameters{}.add(owners)));
    WARDER_TRY(auto const tokens,
               connection.query(WARDER_PG_SELECT_TOKENS
                                "JOIN unnest($1, $2) AS wanted (user_id, text) ON owner = user_id AND description = text COLLATE \"C\"",
                                Parameters{}.add(owners).add(descriptions)));
    for (int row = 0; row < users.count(); ++row)
        if (auto user = read_user(users, row, 0)) users_.push_back(std::move(*user));
    known_tokens_ = read_tokens(tokens);
    known_descriptions_ = std::move(wanted);
    return {};
}

std::optional<std::vector<TokenRecord>> WriteBatch::known_live(UserId owner, std::string_view description, Instant now) const {
    if (!known_descriptions_.contains({owner, std::string{description}})) return std::nullopt;
    std::vector<TokenRecord> found;
    std::ranges::copy_if(known_tokens_, std::back_inserter(found),
                         [&](TokenRecord const& token) { return token.owner == owner && token.description == description && token.ends_at() > now; });
    return found;
}

void WriteBatch::forget_reads() noexcept {
    users_.clear();
    known_descriptions_.clear();
    known_tokens_.clear();
}

UserRecord WriteBatch::complete(UserRecord user) const {
    user.token_count += std::ranges::count(tokens_, user.id, &TokenRecord::owner);
    return user;
}

std::optional<UserRecord> WriteBatch::find(UserId id) const {
    auto const found = std::ranges::find(users_, id, &UserRecord::id);
    return found == users_.end() ? std::nullopt : std::optional{complete(*found)};
}

std::optional<UserRecord> WriteBatch::find(std::string_view folded_name) const {
    auto const found = std::ranges::find_if(users_, [&](UserRecord const& user) { return core::fold_name(user.name) == folded_name; });
    return found == users_.end() ? std::nullopt : std::optional{complete(*found)};
}

bool WriteBatch::is_locked(UserId id) const noexcept { return std::ranges::find(users_, id, &UserRecord::id) != users_.end(); }

void WriteBatch::insert_tokens(Connection& connection) const {
    using Of = Array::Of;
    Array owners{Of::kIntegers};
    Array ids{Of::kBytes};
    Array issued{Of::kIntegers};
    Array expiries{Of::kIntegers};
    Array digests{Of::kBytes};
    Array keys{Of::kTexts};
    Array descriptions{Of::kTexts};
    Array lifetimes{Of::kReals};
    Array ends{Of::kIntegers};
    Array successors{Of::kBytes};
    Array edited{Of::kBooleans};
    Array policies{Of::kTexts};
    for (auto const& token : tokens_) {
        owners.add(number_of(token.owner));
        ids.add(std::span{token.id.bytes()});
        issued.add(seconds_of(token.issued_at));
        expiries.add(seconds_of(token.expires_at));
        digests.add(std::span<std::uint8_t const>{token.digest});
        keys.add(std::string_view{token.key_id});
        descriptions.add(std::string_view{token.description});
        lifetimes.add(token.lifetime.count());
        ends.add(seconds_of(token.ends_at()));
        if (token.succession) successors.add(std::span{token.succession->successor.bytes()});
        else successors.add_null();
        edited.add(token.is_edited);
        policies.add(text_of(token.policy));
    }
    connection.defer(
        "WITH added AS (INSERT INTO tokens (owner, id, issued_at, expires_at, digest, key_id, description, life, ends_at, successor, is_edited, "
        "policy) SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)), "
        "counted AS (UPDATE users SET token_count = token_count + minted.count FROM (SELECT owner, count(*) AS count FROM unnest($1) AS owner GROUP "
        "BY owner) minted WHERE users.id = minted.owner) "
        "INSERT INTO changes (owner, token) SELECT * FROM unnest($1, $2)",
        Parameters{}
            .add(owners)
            .add(ids)
            .add(issued)
            .add(expiries)
            .add(digests)
            .add(keys)
            .add(descriptions)
            .add(lifetimes)
            .add(ends)
            .add(successors)
            .add(edited)
            .add(policies));
}

void WriteBatch::insert_events(Connection& connection) const {
    Array times{Array::Of::kIntegers};
    Array actors{Array::Of::kTexts};
    Array addresses{Array::Of::kTexts};
    Array actions{Array::Of::kTexts};
    Array targets{Array::Of::kTexts};
    for (auto const& event : events_) {
        times.add(seconds_of(event.time));
        actors.add(event.actor);
        addresses.add(event.address);
        actions.add(std::string_view{event.action});
        targets.add(std::string_view{event.target});
    }
    connection.defer("INSERT INTO audit (time, actor, address, action, target) SELECT * FROM unnest($1, $2, $3, $4, $5)",
                     Parameters{}.add(times).add(actors).add(addresses).add(actions).add(targets));
}

void WriteBatch::flush(Connection& connection) {
    if (!tokens_.empty()) {
        insert_tokens(connection);
        for (auto& user : users_) user = complete(std::move(user));
        known_descriptions_.clear();
        tokens_.clear();
    }
    if (!events_.empty()) {
        insert_events(connection);
        events_.clear();
    }
}

void WriteBatch::clear() noexcept {
    tokens_.clear();
    events_.clear();
    forget_reads();
}

}  // namespace warder::store::postgres
