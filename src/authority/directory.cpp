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

void Directory::put(UserRecord const& user) {
    auto folded = core::fold_name(user.name);
    Account account{.id = user.id, .name = user.name, .password_hash = user.password_hash, .is_admin = user.is_admin};

    std::unique_lock const lock{mutex_};
    auto& known = folded_name_by_id_[user.id];
    if (!known.empty() && known != folded) by_folded_name_.erase(known);
    known = folded;
    by_folded_name_.insert_or_assign(std::move(folded), std::move(account));
}

void Directory::erase(UserId id) {
    std::unique_lock const lock{mutex_};
    auto const known = folded_name_by_id_.find(id);
    if (known == folded_name_by_id_.end()) return;
    // The name may have gone to a later user already, who stays.
    auto const account = by_folded_name_.find(known->second);
    if (account != by_folded_name_.end() && account->second.id == id) by_folded_name_.erase(account);
    folded_name_by_id_.erase(known);
}

void Directory::clear() {
    std::unique_lock const lock{mutex_};
    by_folded_name_.clear();
    folded_name_by_id_.clear();
}

}  // namespace warder::authority
