// SPDX-License-Identifier: MIT
#include "store/users_json/document.hpp"

#include "core/rules.hpp"
#include "store/users_json/lossless_json.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

namespace warder::store {
namespace {

using authority::Change;
using TokenPointer = std::shared_ptr<TokenEntry const>;
using UserPointer = std::shared_ptr<UserEntry const>;

/// Reads users one by one. Users and tokens that were known before keep their ids and positions.
class Reader {
  public:
    explicit Reader(UsersDocument const& before) : document_{.users = {}, .next_user = before.next_user, .next_position = before.next_position} {
        for (auto const& user : before.users) known_.try_emplace({user->specter_id, user->record.name}, user.get());
    }

    void add(UserReading reading);
    [[nodiscard]] UsersDocument finish() &&;

  private:
    [[nodiscard]] UserEntry const* known_as(UserEntry const& user) const;
    [[nodiscard]] bool is_first_of_id(UserEntry const& user, TokenEntry const& token);
    void add_tokens(UserEntry& user, boost::json::object const& tokens, UserEntry const* known);

    UsersDocument document_;
    std::map<std::pair<std::string_view, std::string_view>, UserEntry const*> known_;
    std::set<std::string> names_;
    std::set<TokenId> ids_;
    std::vector<std::shared_ptr<TokenEntry>> fresh_;
};

/// Returns the same user before; nullptr if there was none or a later user only reuses the name.
UserEntry const* Reader::known_as(UserEntry const& user) const {
    auto const found = known_.find({user.specter_id, user.record.name});
    return found != known_.end() && found->second->record.created_at == user.record.created_at ? found->second : nullptr;
}

void Reader::add(UserReading reading) {
    auto& user = reading.entry;
    auto const* const known = known_as(user);
    user.record.id = known != nullptr ? known->record.id : UserId{document_.next_user++};
    // Of two users whose names differ only in case, Specter too finds the first.
    user.is_sound = core::is_user_name(user.record.name) && names_.insert(core::fold_name(user.record.name)).second;
    add_tokens(user, reading.tokens, known);
    document_.users.push_back(std::make_shared<UserEntry const>(std::move(user)));
}

/// Returns whether no earlier token of any user has the same id. An id identifies one token only.
bool Reader::is_first_of_id(UserEntry const& user, TokenEntry const& token) { return !user.is_sound || ids_.insert(token.record.id).second; }

void Reader::add_tokens(UserEntry& user, boost::json::object const& tokens, UserEntry const* known) {
    std::unordered_map<std::string_view, TokenPointer> before;
    if (known != nullptr)
        for (auto const& token : known->tokens)
            if (token->is_sound) before.emplace(token->key, token);
    for (auto const& [key, value] : tokens) {
        auto const found = before.find(key);
        auto token = found == before.end() ? nullptr : found->second;
        if (token == nullptr || token->text != token_text(value) || !is_first_of_id(user, *token)) {
            auto fresh = std::make_shared<TokenEntry>(read_token_entry(key, value, user.record.id));
            fresh->is_sound = fresh->is_sound && is_first_of_id(user, *fresh);
            if (token != nullptr) fresh->position = token->position;
            else if (fresh->is_sound) fresh_.push_back(fresh);
            token = std::move(fresh);
        }
        if (token->is_sound) ++user.record.token_count;
        user.tokens.push_back(std::move(token));
    }
}

UsersDocument Reader::finish() && {
    // Ordered by age; tokens of the same second keep their order in the file.
    for (std::uint64_t position = 0; auto const& token : fresh_) token->position = position++;
    std::ranges::sort(fresh_, {}, [](auto const& token) { return std::pair{token->record.issued_at, token->position}; });
    for (auto const& token : fresh_) token->position = document_.next_position++;
    return std::move(document_);
}

authority::LiveToken live(TokenRecord const& record) {
    return {.id = record.id,
            .owner = record.owner,
            .ends_at = record.ends_at(),
            .digest = record.digest,
            .is_edited = record.is_edited,
            .policy = record.policy};
}

/// Collects changes so that removals are reported before additions, and users before their tokens.
class Differ {
  public:
    /// @param before  an empty entry if the user is new.
    void compare(UserEntry const& before, UserEntry const& after) {
        if (before.record.name != after.record.name || before.record.password_hash != after.record.password_hash ||
            before.record.is_admin != after.record.is_admin)
            users_.emplace_back(authority::UserUpserted{after.record});
        compare_tokens(before.tokens, after.tokens);
    }
    void remove(UserEntry const& user) { removed_users_.emplace_back(authority::UserRemoved{user.record.id}); }

    std::vector<Change> finish() && {
        auto changes = std::move(removed_users_);
        for (auto* const more : {&removed_tokens_, &users_, &tokens_})
            changes.insert(changes.end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
        return changes;
    }

  private:
    void compare_tokens(std::span<TokenPointer const> before, std::span<TokenPointer const> after) {
        // Usually, one of thousands remains between those that are the same at the front and at the back.
        auto const front = std::ranges::mismatch(before, after);
        before = {front.in1, before.end()};
        after = {front.in2, after.end()};
        auto const back = std::ranges::mismatch(before | std::views::reverse, after | std::views::reverse);
        std::unordered_map<std::string_view, TokenPointer> left;
        for (auto const& token : std::span{before.begin(), back.in1.base()})
            if (token->is_sound) left.emplace(token->key, token);
        for (auto const& token : std::span{after.begin(), back.in2.base()}) {
            if (!token->is_sound) continue;
            auto const earlier = left.extract(token->key);
            if (earlier.empty() || earlier.mapped() != token) tokens_.emplace_back(authority::TokenUpserted{live(token->record)});
        }
        for (auto const& [key, token] : left) removed_tokens_.emplace_back(authority::TokenRemoved{token->record.id});
    }

    std::vector<Change> removed_users_, removed_tokens_, users_, tokens_;
};

std::map<UserId, UserPointer> sound_users(UsersDocument const& document) {
    std::map<UserId, UserPointer> users;
    for (auto const& user : document.users)
        if (user->is_sound) users.emplace(user->record.id, user);
    return users;
}

}  // namespace

UserEntry const* UsersDocument::find(UserId id) const noexcept {
    auto const found = std::ranges::find_if(users, [id](auto const& user) { return user->is_sound && user->record.id == id; });
    return found == users.end() ? nullptr : found->get();
}

UserEntry const* UsersDocument::find(std::string_view name) const {
    auto const folded = core::fold_name(name);
    auto const found =
        std::ranges::find_if(users, [&folded](auto const& user) { return user->is_sound && core::fold_name(user->record.name) == folded; });
    return found == users.end() ? nullptr : found->get();
}

DamagedRows UsersDocument::unused() const {
    DamagedRows unused;
    for (std::size_t number = 1; auto const& user : users) {
        auto const position = "entry " + std::to_string(number++);
        if (!user->is_sound) {
            unused.add_user(position);
            continue;
        }
        auto const tokens = static_cast<std::int64_t>(user->tokens.size()) - user->record.token_count;
        for (std::int64_t i = 0; i < tokens; ++i) unused.add_token("a token of " + position);
    }
    return unused;
}

std::expected<ReadableUsers, std::string> read_readable_users(std::string_view text, UsersDocument const& before) {
    auto value = parse_json(text);
    if (!value) return std::unexpected{std::move(value.error())};
    if (!value->is_array()) return std::unexpected{"not a list of users"};
    Reader reader{before};
    std::vector<std::string> skipped;
    for (std::size_t number = 1; auto& item : value->get_array()) {
        auto user = read_user_entry(std::move(item));
        if (user) reader.add(std::move(*user));
        else skipped.push_back("entry " + std::to_string(number) + " of the list " + user.error());
        ++number;
    }
    return ReadableUsers{.document = std::move(reader).finish(), .skipped = std::move(skipped)};
}

std::expected<UsersDocument, std::string> read_users(std::string_view text, UsersDocument const& before) {
    auto users = read_readable_users(text, before);
    if (!users) return std::unexpected{std::move(users.error())};
    if (!users->skipped.empty()) return std::unexpected{std::move(users->skipped.front())};
    return std::move(users->document);
}

void write_users(std::string& out, UsersDocument const& document) {
    print_items(out, "[]", 0, document.users, [&out](auto const& user) { print_user(out, *user); });
}

std::vector<Change> difference(UsersDocument const& before, UsersDocument const& after) {
    Differ differ;
    UserEntry const new_user;
    auto left = sound_users(before);
    for (auto const& user : after.users) {
        if (!user->is_sound) continue;
        auto const earlier = left.extract(user->record.id);
        if (earlier.empty()) differ.compare(new_user, *user);
        else if (earlier.mapped() != user) differ.compare(*earlier.mapped(), *user);
    }
    for (auto const& [id, user] : left) differ.remove(*user);
    return std::move(differ).finish();
}

}  // namespace warder::store
