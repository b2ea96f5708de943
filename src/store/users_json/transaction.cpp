// SPDX-License-Identifier: MIT
#include "store/users_json/transaction.hpp"

#include "core/jwt/jws.hpp"
#include "core/rules.hpp"
#include "crypto/password.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace warder::store {

using authority::Error;
using authority::Result;
using authority::TokenQuery;

namespace {

using Tokens = std::vector<TokenEntry const*>;

template <class Visit>
void for_each_token(UsersDocument const& document, std::optional<UserId> owner, Visit visit) {
    for (auto const& user : document.users) {
        if (!user->is_sound || (owner && user->record.id != *owner)) continue;
        for (auto const& token : user->tokens)
            if (token->is_sound) visit(*token);
    }
}

std::vector<TokenRecord> records_of(Tokens const& tokens) {
    std::vector<TokenRecord> records;
    records.reserve(tokens.size());
    for (auto const* const token : tokens) records.push_back(token->record);
    return records;
}

template <class Entry>
std::shared_ptr<Entry const> changed(Entry const& entry, std::function<void(Entry&)> const& change) {
    auto copy = std::make_shared<Entry>(entry);
    change(*copy);
    return copy;
}

TokenEntry const* find_entry(UserEntry const& user, TokenId const& id) {
    auto const found = std::ranges::find_if(user.tokens, [&id](auto const& token) { return token->is_sound && token->record.id == id; });
    return found == user.tokens.end() ? nullptr : found->get();
}

}  // namespace

std::unexpected<Error> UsersJsonTransaction::fail(Error error) const {
    has_failed_ = true;
    return std::unexpected{error};
}

Result<std::optional<UserRecord>> UsersJsonTransaction::find(UserId id) const {
    auto const* const found = document_.find(id);
    return found == nullptr ? std::nullopt : std::optional{found->record};
}

Result<std::optional<UserRecord>> UsersJsonTransaction::find(std::string_view name) const {
    auto const* const found = document_.find(name);
    return found == nullptr ? std::nullopt : std::optional{found->record};
}

Result<std::vector<UserRecord>> UsersJsonTransaction::list() const {
    std::vector<UserRecord> users;
    for (auto const& user : document_.users)
        if (user->is_sound) users.push_back(user->record);
    return users;
}

Result<std::vector<UserRecord>> UsersJsonTransaction::list(std::optional<UserId> after, std::uint32_t limit) const {
    std::vector<UserRecord> users;
    bool is_due = !after;
    for (auto const& user : document_.users) {
        if (users.size() == limit) break;
        if (is_due && user->is_sound) users.push_back(user->record);
        is_due = is_due || (user->is_sound && user->record.id == *after);
    }
    return users;
}

Result<std::optional<TokenRecord>> UsersJsonTransaction::find(TokenKey const& key) const {
    auto const* const owner = document_.find(key.owner);
    auto const* const found = owner == nullptr ? nullptr : find_entry(*owner, key.id);
    return found == nullptr ? std::nullopt : std::optional{found->record};
}

Result<std::optional<TokenRecord>> UsersJsonTransaction::find(TokenId const& id) const {
    for (auto const& user : document_.users)
        if (auto const* const found = user->is_sound ? find_entry(*user, id) : nullptr) return std::optional{found->record};
    return std::optional<TokenRecord>{};
}

Result<std::optional<std::string>> UsersJsonTransaction::find_text(TokenKey const& key) const {
    auto const* const owner = document_.find(key.owner);
    auto const* const found = owner == nullptr ? nullptr : find_entry(*owner, key.id);
    return found == nullptr ? std::nullopt : std::optional{jwt_of(*found)};
}

Result<std::vector<TokenRecord>> UsersJsonTransaction::list(TokenQuery const& query) const {
    Tokens tokens;
    for_each_token(document_, query.owner, [&](TokenEntry const& token) { tokens.push_back(&token); });
    std::ranges::sort(tokens, {}, &TokenEntry::position);
    if (query.after) {
        auto const cursor = std::ranges::find_if(tokens, [&](auto const* token) { return token->record.id == *query.after; });
        if (cursor == tokens.end()) return std::unexpected{Error::kUnknownCursor};
        tokens.erase(tokens.begin(), cursor + 1);
    }
    if (query.limit && tokens.size() > *query.limit) tokens.resize(*query.limit);
    return records_of(tokens);
}

Result<std::vector<TokenRecord>> UsersJsonTransaction::list_live(UserId owner, std::string_view description, Instant now) const {
    Tokens tokens;
    for_each_token(document_, owner, [&](TokenEntry const& token) {
        if (token.record.ends_at() > now && token.record.description == description) tokens.push_back(&token);
    });
    return records_of(tokens);
}

bool UsersJsonTransaction::is_signed_by(TokenEntry const& entry, std::string_view key_id) const {
    if (!entry.record.key_id.empty()) return entry.record.key_id == key_id;
    if (keys_ == nullptr) return false;
    auto const text = jwt_of(entry);
    auto const jws = core::split_jws(text);
    if (!jws) return false;
    auto const signature = core::read_signature(*jws);
    if (!signature) return false;
    auto const ring = keys_->read();
    auto const* const signer = ring->signer_without_kid(jws->signing_input, *signature);
    return signer != nullptr && signer->id == key_id;
}

Result<std::int64_t> UsersJsonTransaction::count_live(std::string_view key_id, Instant now) const {
    std::int64_t count = 0;
    for_each_token(document_, {}, [&](TokenEntry const& token) { count += token.record.ends_at() > now && is_signed_by(token, key_id) ? 1 : 0; });
    return count;
}

/// Derives an id from a name as Specter does. The id names directories, possibly on a file system that ignores case.
std::string UsersJsonTransaction::free_specter_id(std::string_view name) const {
    std::string base;
    for (char const c : core::fold_name(name))
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_') base += c;
    auto const is_taken = [this](std::string const& id) {
        return std::ranges::any_of(document_.users, [&id](auto const& user) { return core::fold_name(user->specter_id) == id; });
    };
    auto id = base;
    for (int number = 2; is_taken(id); ++number) id = base + '_' + std::to_string(number);
    return id;
}

Result<UserId> UsersJsonTransaction::insert(UserRecord const& user) {
    if (document_.find(user.name) != nullptr) return std::unexpected{Error::kUserExists};
    bool const has_foreign_hash = user.password_hash != kUnreadablePassword && !crypto::split_specter(user.password_hash);
    if (user.ceiling != nullptr || has_foreign_hash) return fail(Error::kNotSupportedByStore);
    UserId const id{document_.next_user++};
    auto entry = std::make_shared<UserEntry>(make_user_entry(user, free_specter_id(user.name)));
    entry->record.id = id;
    document_.users.push_back(std::move(entry));
    return id;
}

void UsersJsonTransaction::change_user(UserId id, std::function<void(UserEntry&)> const& change) {
    for (auto& user : document_.users)
        if (user->is_sound && user->record.id == id) user = changed(*user, change);
}

Result<void> UsersJsonTransaction::update(UserRecord const& user) {
    if (user.ceiling != nullptr) return fail(Error::kNotSupportedByStore);
    auto const* const entry = document_.find(user.id);
    if (entry == nullptr) return {};
    bool const has_new_hash = entry->record.password_hash != user.password_hash;
    if (has_new_hash && !crypto::split_specter(user.password_hash)) return fail(Error::kNotSupportedByStore);
    bool const has_new_role = entry->record.is_admin != user.is_admin;
    change_user(user.id, [&](UserEntry& changed) {
        if (has_new_role) set_admin(changed, user.is_admin);
        if (has_new_hash) set_password_hash(changed, user.password_hash);
    });
    return {};
}

/// Each change rewrites the file, which would be too much for a sign-in.
Result<void> UsersJsonTransaction::note_sign_in(UserId, Instant) { return {}; }

Result<void> UsersJsonTransaction::erase(UserId id) {
    std::erase_if(document_.users, [id](auto const& user) { return user->is_sound && user->record.id == id; });
    return {};
}

bool UsersJsonTransaction::has_key(std::string_view key) const {
    return std::ranges::any_of(document_.users, [key](auto const& user) {
        return std::ranges::any_of(user->tokens, [key](auto const& token) { return token->key == key; });
    });
}

Result<void> UsersJsonTransaction::insert(TokenRecord const& token, std::string_view text) {
    if (token.succession) return fail(Error::kNotSupportedByStore);
    auto entry = std::make_shared<TokenEntry>(make_token_entry(token, text));
    if (!entry->is_sound || has_key(entry->key) || document_.find(token.owner) == nullptr) return fail(Error::kStoreUnavailable);
    entry->position = document_.next_position++;
    change_user(token.owner, [&entry](UserEntry& user) { add_token(user, std::move(entry)); });
    return {};
}

Result<void> UsersJsonTransaction::update(TokenRecord const& token) {
    if (token.succession) return fail(Error::kNotSupportedByStore);
    auto const* const owner = document_.find(token.owner);
    auto const* const entry = owner == nullptr ? nullptr : find_entry(*owner, token.id);
    if (entry == nullptr) return {};
    auto const updated = changed<TokenEntry>(*entry, [&](TokenEntry& changed) {
        if (changed.record.description != token.description) set_description(changed, token.description);
        if (changed.record.policy != token.policy) set_policy(changed, token.policy);
    });
    change_user(token.owner, [&](UserEntry& user) { *std::ranges::find(user.tokens, entry, [](auto const& each) { return each.get(); }) = updated; });
    return {};
}

std::int64_t UsersJsonTransaction::erase_tokens(Predicate const& is_deleted, std::int64_t most) {
    std::int64_t removed = 0;
    auto const is_removed = [&](auto const& token) { return removed < most && token->is_sound && is_deleted(*token); };
    for (auto& user : document_.users) {
        if (!user->is_sound || std::ranges::none_of(user->tokens, is_removed)) continue;
        auto changed = std::make_shared<UserEntry>(*user);
        auto const removed_of_user = static_cast<std::int64_t>(std::erase_if(changed->tokens, [&](auto const& token) {
            if (!is_removed(token)) return false;
            ++removed;
            return true;
        }));
        changed->record.token_count -= removed_of_user;
        user = std::move(changed);
    }
    return removed;
}

Result<void> UsersJsonTransaction::add_uses(authority::CountedUses const&) { return fail(Error::kNotSupportedByStore); }

Result<void> UsersJsonTransaction::erase(TokenKey const& key) {
    erase_tokens([&key](TokenEntry const& token) { return token.record.owner == key.owner && token.record.id == key.id; }, 1);
    return {};
}

Result<std::int64_t> UsersJsonTransaction::erase_signed_by(std::string_view key_id) {
    return erase_tokens([&](TokenEntry const& token) { return is_signed_by(token, key_id); }, std::numeric_limits<std::int64_t>::max());
}

Result<std::int64_t> UsersJsonTransaction::erase_all(UserId owner) {
    return erase_tokens([owner](TokenEntry const& token) { return token.record.owner == owner; }, std::numeric_limits<std::int64_t>::max());
}

Result<std::int64_t> UsersJsonTransaction::purge(Instant expired_before, Instant now, std::uint32_t limit) {
    return erase_tokens([&](TokenEntry const& token) { return token.record.ends_at() < std::min(expired_before, now); }, limit);
}

Result<std::vector<authority::AuditRecord>> UsersJsonTransaction::list(authority::AuditQuery const& query) const {
    auto events = audit_->read(query, version_);
    if (!events) return fail(error_of(events.error()));
    return std::move(*events);
}

Result<Instant> UsersJsonTransaction::latest_time() const {
    Instant latest{};
    for_each_token(document_, {}, [&](TokenEntry const& token) { latest = std::max(latest, token.record.issued_at); });
    return latest;
}

Result<void> UsersJsonTransaction::append(authority::AuditEvent const& event) {
    events_.push_back(event);
    return {};
}

Result<std::int64_t> UsersJsonTransaction::purge(Instant before, std::uint32_t) {
    auto const removed = audit_->purge(before);
    if (!removed) return fail(error_of(removed.error()));
    return *removed;
}

}  // namespace warder::store
