// SPDX-License-Identifier: MIT
#include "index/user_directory.hpp"

#include "core/rules.hpp"

#include <mutex>

namespace warder::index {

std::optional<Account> UserDirectory::find(std::string_view name) const {
    auto const folded = core::fold_name(name);
    std::shared_lock const lock{mutex_};
    auto const found = by_folded_name_.find(folded);
    if (found == by_folded_name_.end()) return std::nullopt;
    return found->second;
}

std::optional<Account> UserDirectory::find(UserId id) const {
    std::shared_lock const lock{mutex_};
    auto const name = folded_name_by_id_.find(id);
    if (name == folded_name_by_id_.end()) return std::nullopt;
    auto const found = by_folded_name_.find(name->second);
    // For a moment, a later user may have the name already.
    if (found == by_folded_name_.end() || found->second.id != id) return std::nullopt;
    return found->second;
}

std::optional<crypto::Argon2Cost> UserDirectory::draw_cost(std::uint64_t draw) const {
    std::shared_lock const lock{mutex_};
    std::size_t users = 0;
    for (auto const& [cost, count] : users_by_cost_) users += count;
    // Maps the draw to a user as a fraction: its position among all 64-bit numbers becomes the position among all
    // users.
    auto position = static_cast<std::size_t>((draw >> 32U) * std::uint64_t{users} >> 32U);
    for (auto const& [cost, count] : users_by_cost_) {
        if (position < count) return cost;
        position -= count;
    }
    return std::nullopt;
}

/// Returns the count of users whose hash has the same cost as this one; null if it is not a known kind of hash.
std::size_t* UserDirectory::provide_count(std::string_view password_hash) {
    if (crypto::kind_of(password_hash) == crypto::HashKind::kUnknown) return nullptr;
    return &users_by_cost_[crypto::argon2_cost_of(password_hash)];
}

void UserDirectory::uncount(std::string_view password_hash) noexcept {
    auto const cost = users_by_cost_.find(crypto::argon2_cost_of(password_hash));
    if (crypto::kind_of(password_hash) != crypto::HashKind::kUnknown && cost != users_by_cost_.end() && --cost->second == 0)
        users_by_cost_.erase(cost);
}

void UserDirectory::put(UserRecord const& user) {
    auto folded = core::fold_name(user.name);
    auto name = folded;
    Account account{.id = user.id, .name = user.name, .password_hash = user.password_hash, .is_admin = user.is_admin};

    std::unique_lock const lock{mutex_};
    // Allocate first, so that the old account stays if memory is short.
    if (put_since_reload_) put_since_reload_->insert(user.id);
    auto* const count = provide_count(account.password_hash);
    auto& known = folded_name_by_id_[user.id];
    auto const [at, is_new] = by_folded_name_.try_emplace(std::move(folded));

    if (!known.empty() && known != name) forget_name(known, user.id);
    known = std::move(name);
    if (count != nullptr) ++*count;
    if (!is_new) uncount(at->second.password_hash);
    at->second = std::move(account);
}

/// Removes the account of that name, unless another user has the name by now.
void UserDirectory::forget_name(std::string const& folded, UserId id) noexcept {
    auto const account = by_folded_name_.find(folded);
    if (account == by_folded_name_.end() || account->second.id != id) return;
    uncount(account->second.password_hash);
    by_folded_name_.erase(account);
}

void UserDirectory::erase(UserId id) {
    std::unique_lock const lock{mutex_};
    auto const known = folded_name_by_id_.find(id);
    if (known == folded_name_by_id_.end()) return;
    forget_name(known->second, id);
    folded_name_by_id_.erase(known);
}

void UserDirectory::begin_reload() {
    std::unique_lock const lock{mutex_};
    put_since_reload_.emplace();
}

void UserDirectory::end_reload() {
    std::unique_lock const lock{mutex_};
    if (!put_since_reload_) return;
    std::erase_if(folded_name_by_id_, [this](auto const& known) {
        if (put_since_reload_->contains(known.first)) return false;
        forget_name(known.second, known.first);
        return true;
    });
    put_since_reload_.reset();
}

}  // namespace warder::index
