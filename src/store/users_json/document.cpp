// SPDX-License-Identifier: MIT
#include "store/users_json/document.hpp"

#include "core/rules.hpp"
#include "store/users_json/json_layout.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

namespace warder::store {
namespace {

using authority::Change;
using TokenPointer = std::shared_ptr<TokenEntry const>;
using UserPointer = std::shared_ptr<UserEntry const>;

/// Parses users one by one, reusing what was known of them before.
class Reader {
  public:
    explicit Reader(UsersDocument const& before) : next_user_{before.next_user}, next_position_{before.next_position} {
        for (auto const& user : before.users) known_.try_emplace({user->specter_id, user->record.name}, user.get());
    }

    std::expected<void, std::string> read(std::string_view text);
    [[nodiscard]] UsersDocument finish() &&;

  private:
    [[nodiscard]] UserEntry const* known_as(UserEntry const& user) const;
    [[nodiscard]] bool is_first_of_id(UserEntry const& user, TokenEntry const& token);
    void read_tokens(UserEntry& user, UserEntry const* known, std::string_view map);

    std::int64_t next_user_;
    std::uint64_t next_position_;
    std::map<std::pair<std::string_view, std::string_view>, UserEntry const*> known_;
    std::set<std::string> names_;
    std::set<TokenId> ids_;
    std::vector<std::shared_ptr<UserEntry>> users_;
    std::vector<std::shared_ptr<TokenEntry>> fresh_;
};

/// Returns the same user before; nullptr if there was none or a later user only reuses the name.
UserEntry const* Reader::known_as(UserEntry const& user) const {
    auto const found = known_.find({user.specter_id, user.record.name});
    return found != known_.end() && found->second->record.created_at == user.record.created_at ? found->second : nullptr;
}

std::expected<void, std::string> Reader::read(std::string_view text) {
    auto reading = read_user_entry(text);
    if (!reading) return std::unexpected{std::move(reading.error())};
    auto user = std::make_shared<UserEntry>(std::move(reading->entry));
    auto const* const known = known_as(*user);
    user->record.id = known != nullptr ? known->record.id : UserId{next_user_++};
    // Of two users whose names differ only in case, Specter too finds the first.
    user->is_sound = core::is_user_name(user->record.name) && names_.insert(core::fold_name(user->record.name)).second;
    read_tokens(*user, known, reading->map);
    users_.push_back(std::move(user));
    return {};
}

/// Returns whether no earlier token of any user has the same id. An id stands for one token only.
bool Reader::is_first_of_id(UserEntry const& user, TokenEntry const& token) { return !user.is_sound || ids_.insert(token.record.id).second; }

void Reader::read_tokens(UserEntry& user, UserEntry const* known, std::string_view map) {
    std::unordered_map<std::string_view, TokenPointer> before;
    if (known != nullptr)
        for (auto const& token : known->tokens) before.emplace(token->key, token);
    for (auto const& [key, value] : members_of(map)) {
        auto const found = before.find(key);
        if (found != before.end() && found->second->text == value && (!found->second->is_sound || is_first_of_id(user, *found->second))) {
            user.tokens.push_back(found->second);
        } else {
            auto token = std::make_shared<TokenEntry>(read_token_entry(key, value, user.record.id));
            token->is_sound = token->is_sound && is_first_of_id(user, *token);
            if (found != before.end() && found->second->is_sound) token->position = found->second->position;
            else if (token->is_sound) fresh_.push_back(token);
            user.tokens.push_back(std::move(token));
        }
        if (user.tokens.back()->is_sound) ++user.record.token_count;
    }
}

UsersDocument Reader::finish() && {
    // Ordered by age; tokens of the same second keep their order in the file.
    for (std::uint64_t position = 0; auto const& token : fresh_) token->position = position++;
    std::ranges::sort(fresh_, {}, [](auto const& token) { return std::pair{token->record.issued_at, token->position}; });
    for (auto const& token : fresh_) token->position = next_position_++;
    return {.users = {std::make_move_iterator(users_.begin()), std::make_move_iterator(users_.end())},
            .next_user = next_user_,
            .next_position = next_position_};
}

authority::LiveToken live(TokenRecord const& record) {
    return {.id = record.id,
            .owner = record.owner,
            .ends_at = record.ends_at(),
            .digest = record.digest,
            .is_edited = record.is_edited,
            .endpoints = record.endpoints};
}

/// Strips the entries that both lists share at the front and at the back. Usually one differing token of thousands
/// remains.
std::pair<std::span<TokenPointer const>, std::span<TokenPointer const>> differing_part(std::span<TokenPointer const> before,
                                                                                       std::span<TokenPointer const> after) {
    while (!before.empty() && !after.empty() && before.front() == after.front()) {
        before = before.subspan(1);
        after = after.subspan(1);
    }
    while (!before.empty() && !after.empty() && before.back() == after.back()) {
        before = before.first(before.size() - 1);
        after = after.first(after.size() - 1);
    }
    return {before, after};
}

/// Collects changes so that removals are reported before additions, and users before their tokens.
class Differ {
  public:
    void compare(UserEntry const* before, UserEntry const* after) {
        if (after == nullptr) {
            users_gone_.emplace_back(authority::UserRemoved{before->record.id});
            return;
        }
        if (before == nullptr || before->record.name != after->record.name || before->record.password_hash != after->record.password_hash ||
            before->record.is_admin != after->record.is_admin)
            users_.emplace_back(authority::UserUpserted{after->record});
        compare_tokens(before == nullptr ? std::span<TokenPointer const>{} : std::span{before->tokens}, after->tokens);
    }

    std::vector<Change> finish() && {
        auto changes = std::move(users_gone_);
        for (auto* const more : {&tokens_gone_, &users_, &tokens_})
            changes.insert(changes.end(), std::make_move_iterator(more->begin()), std::make_move_iterator(more->end()));
        return changes;
    }

  private:
    void compare_tokens(std::span<TokenPointer const> all_before, std::span<TokenPointer const> all_after) {
        auto const [before, after] = differing_part(all_before, all_after);
        std::unordered_map<std::string_view, TokenEntry const*> left;
        for (auto const& token : before)
            if (token->is_sound) left.emplace(token->key, token.get());
        for (auto const& token : after) {
            if (!token->is_sound) continue;
            auto const known = left.find(token->key);
            if (known == left.end() || known->second != token.get()) tokens_.emplace_back(authority::TokenUpserted{live(token->record)});
            if (known != left.end()) left.erase(known);
        }
        for (auto const& [key, token] : left) tokens_gone_.emplace_back(authority::TokenRemoved{token->record.id});
    }

    std::vector<Change> users_gone_, tokens_gone_, users_, tokens_;
};

std::map<UserId, UserEntry const*> sound_users(UsersDocument const& document) {
    std::map<UserId, UserEntry const*> users;
    for (auto const& user : document.users)
        if (user->is_sound) users.emplace(user->record.id, user.get());
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

namespace {

/// @param on_problem  called for each entry that is not a user, with the end of a sentence; returns false to stop
/// reading.
std::expected<UsersDocument, std::string> read_list(std::string_view text, UsersDocument const& before,
                                                    std::function<bool(std::string)> const& on_problem) {
    auto const laid_out = lay_out(text);
    if (!laid_out) return std::unexpected{std::string{laid_out.error().why}.append(", ").append(describe_position(text, laid_out.error().offset))};
    if (!is_list(*laid_out)) return std::unexpected{"not a list of users"};
    Reader reader{before};
    std::size_t number = 0;
    for (auto const& element : elements_of(*laid_out)) {
        ++number;
        auto const read = reader.read(element);
        auto error = read ? std::string{} : "entry " + std::to_string(number) + " of the list " + read.error();
        if (!read && !on_problem(error)) return std::unexpected{std::move(error)};
    }
    return std::move(reader).finish();
}

}  // namespace

std::expected<UsersDocument, std::string> read_users(std::string_view text, UsersDocument const& before) {
    return read_list(text, before, [](std::string const&) { return false; });
}

std::expected<ReadableUsers, std::string> read_readable_users(std::string_view text) {
    ReadableUsers users;
    auto document = read_list(text, {}, [&users](std::string error) {
        users.skipped.push_back(std::move(error));
        return true;
    });
    if (!document) return std::unexpected{std::move(document.error())};
    users.document = std::move(*document);
    return users;
}

void write_users(std::string& out, UsersDocument const& document) {
    out += '[';
    bool is_first = true;
    for (auto const& user : document.users) {
        if (!std::exchange(is_first, false)) out += ',';
        append_line(out, 1);
        append_user(out, *user);
    }
    if (!is_first) append_line(out, 0);
    out += ']';
}

std::vector<Change> difference(UsersDocument const& before, UsersDocument const& after) {
    Differ differ;
    auto left = sound_users(before);
    for (auto const& user : after.users) {
        if (!user->is_sound) continue;
        auto const known = left.find(user->record.id);
        auto const* const earlier = known == left.end() ? nullptr : known->second;
        if (earlier != user.get()) differ.compare(earlier, user.get());
        if (known != left.end()) left.erase(known);
    }
    for (auto const& [id, user] : left) differ.compare(user, nullptr);
    return std::move(differ).finish();
}

}  // namespace warder::store
