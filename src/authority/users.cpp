// SPDX-License-Identifier: MIT
// What administrators do with users. Whether the caller is one is asked before these are called.
#include "authority/run.hpp"
#include "core/rules.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <utility>

namespace warder::authority {
namespace {

Result<UserRecord> find_user(Snapshot& store, std::string_view name) {
    auto user = store.user_named(name);
    if (!user) return std::unexpected{user.error()};
    if (!*user) return std::unexpected{Error::kUserNotFound};
    return std::move(**user);
}

/// Somebody must be left who can manage users.
Result<void> require_another_admin(Snapshot& store, UserRecord const& leaving) {
    if (!leaving.is_admin) return {};
    auto const admins = store.count_admins();
    if (!admins) return std::unexpected{admins.error()};
    if (*admins <= 1) return std::unexpected{Error::kLastAdmin};
    return {};
}

}  // namespace

void Authority::add_user(std::string name, std::string password_hash, bool is_admin, Done<UserRecord> done) {
    if (!core::is_user_name(name)) return done(std::unexpected{Error::kBadUserName});

    auto add = [*this, name = std::move(name), password_hash = std::move(password_hash), is_admin](Transaction& store) -> Result<UserRecord> {
        auto const now = std::chrono::floor<std::chrono::seconds>(clock_->now());
        auto const id = store.insert_user(name, password_hash, is_admin, now);
        if (!id) return std::unexpected{id.error()};
        return UserRecord{.id = *id, .name = name, .password_hash = password_hash, .is_admin = is_admin, .created_at = now, .token_count = 0};
    };
    run_write<UserRecord>(*store_, std::move(add), std::move(done));
}

void Authority::list_users(Done<std::vector<UserRecord>> done) {
    run_read<std::vector<UserRecord>>(*store_, [](Snapshot& store) { return store.users(); }, std::move(done));
}

void Authority::show_user(std::string name, Done<UserRecord> done) {
    auto show = [name = std::move(name)](Snapshot& store) { return find_user(store, name); };
    run_read<UserRecord>(*store_, std::move(show), std::move(done));
}

void Authority::edit_user(std::string name, std::optional<bool> is_admin, Done<UserRecord> done) {
    if (!is_admin) return show_user(std::move(name), std::move(done));

    auto edit = [name = std::move(name), is_admin = *is_admin](Transaction& store) -> Result<UserRecord> {
        auto user = find_user(store, name);
        if (!user || user->is_admin == is_admin) return user;
        if (auto another = require_another_admin(store, *user); !another) return std::unexpected{another.error()};
        if (auto set = store.set_admin(user->id, is_admin); !set) return std::unexpected{set.error()};
        user->is_admin = is_admin;
        return user;
    };
    run_write<UserRecord>(*store_, std::move(edit), std::move(done));
}

void Authority::set_password(std::string name, std::string password_hash, Done<void> done) {
    store_->write(
        [name = std::move(name), password_hash = std::move(password_hash)](Transaction& store) -> Result<void> {
            auto const user = find_user(store, name);
            if (!user) return std::unexpected{user.error()};
            return store.set_password_hash(user->id, password_hash);
        },
        std::move(done));
}

void Authority::upgrade_password_hash(UserId id, std::string old_hash, std::string new_hash, Done<void> done) {
    store_->write(
        [id, old_hash = std::move(old_hash), new_hash = std::move(new_hash)](Transaction& store) -> Result<void> {
            auto const user = store.user(id);
            if (!user) return std::unexpected{user.error()};
            if (!*user || (*user)->password_hash != old_hash) return {};
            return store.set_password_hash(id, new_hash);
        },
        std::move(done));
}

void Authority::remove_user(std::string name, Done<void> done) {
    store_->write(
        [name = std::move(name)](Transaction& store) -> Result<void> {
            auto const user = find_user(store, name);
            if (!user) return std::unexpected{user.error()};
            if (auto another = require_another_admin(store, *user); !another) return std::unexpected{another.error()};
            return store.delete_user(user->id);
        },
        std::move(done));
}

}  // namespace warder::authority
