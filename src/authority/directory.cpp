// SPDX-License-Identifier: MIT
#include "authority/directory.hpp"

#include "core/rules.hpp"

#include <mutex>

namespace warder::authority {

std::optional<Account> Directory::find(std::string_view name) const {
    auto const folded = core::fold_name(name);
    std::shared_lock const lock{mutex_};
    auto const found = by_folded_name_.find(folded);
    if (found == by_folded_name_.end()) return std::nullopt;
    return found->second;
}

std::optional<crypto::Argon2Cost> Directory::draw_cost(std::uint64_t draw) const {
    std::shared_lock const lock{mutex_};
    std::size_t users = 0;
    for (auto const& [cost, count] : users_by_cost_) users += count;
    // As a fraction: the draw's place among all 64-bit numbers is the user's place among all users.
    auto place = static_cast<std::size_t>((draw >> 32U) * std::uint64_t{users} >> 32U);
    for (auto const& [cost, count] : users_by_cost_) {
        if (place < count) return cost;
        place -= count;
    }
    return std::nullopt;
}

void Directory::count(std::string_view password_hash) {
    if (crypto::kind_of(password_hash) != crypto::HashKind::kUnknown) ++users_by_cost_[crypto::argon2_cost_of(password_hash)];
}

void Directory::remove(std::string const& folded_name) {
    auto const account = by_folded_name_.find(folded_name);
    if (account == by_folded_name_.end()) return;
    auto const& hash = account->second.password_hash;
    auto const cost = users_by_cost_.find(crypto::argon2_cost_of(hash));
    if (crypto::kind_of(hash) != crypto::HashKind::kUnknown && cost != users_by_cost_.end() && --cost->second == 0) users_by_cost_.erase(cost);
    by_folded_name_.erase(account);
}

void Directory::put(UserRecord const& user) {
    auto folded = core::fold_name(user.name);
    Account account{.id = user.id, .name = user.name, .password_hash = user.password_hash, .is_admin = user.is_admin};

    std::unique_lock const lock{mutex_};
    auto& known = folded_name_by_id_[user.id];
    if (!known.empty() && known != folded) forget_name(known, user.id);
    known = folded;
    remove(folded);
    count(account.password_hash);
    by_folded_name_.emplace(std::move(folded), std::move(account));
    if (put_since_reload_) put_since_reload_->insert(user.id);
}

/// The name may have gone to another user already, who stays.
void Directory::forget_name(std::string const& folded, UserId id) {
    auto const account = by_folded_name_.find(folded);
    if (account != by_folded_name_.end() && account->second.id == id) remove(folded);
}

void Directory::erase(UserId id) {
    std::unique_lock const lock{mutex_};
    auto const known = folded_name_by_id_.find(id);
    if (known == folded_name_by_id_.end()) return;
    forget_name(known->second, id);
    folded_name_by_id_.erase(known);
}

void Directory::begin_reload() {
    std::unique_lock const lock{mutex_};
    put_since_reload_.emplace();
}

void Directory::end_reload() {
    std::unique_lock const lock{mutex_};
    if (!put_since_reload_) return;
    std::erase_if(folded_name_by_id_, [this](auto const& known) {
        if (put_since_reload_->contains(known.first)) return false;
        forget_name(known.second, known.first);
        return true;
    });
    put_since_reload_.reset();
}

}  // namespace warder::authority
