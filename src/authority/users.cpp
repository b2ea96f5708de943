// SPDX-License-Identifier: MIT
// What administrators do with users. Callers check that the principal is an administrator.
#include "authority/counted.hpp"
#include "authority/run.hpp"
#include "core/rules.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace warder::authority {
namespace {

Result<UserRecord> find_user(Snapshot const& store, std::string_view name) { return require(store.users->find(name), Error::kUserNotFound); }

/// Returns whether there is a password that could be right. A users.json may have a user with none that can be read.
bool can_sign_in(UserRecord const& user) { return !user.is_service() && user.password_hash != kUnreadablePassword; }

/// At least one administrator must remain who can sign in.
Result<void> require_another_admin(Snapshot const& store, UserRecord const& leaving) {
    if (!leaving.is_admin) return {};
    WARDER_TRY(auto const users, store.users->list());
    bool const has_another =
        std::ranges::any_of(users, [&leaving](UserRecord const& user) { return user.id != leaving.id && user.is_admin && can_sign_in(user); });
    return has_another ? Result<void>{} : std::unexpected{Error::kLastAdmin};
}

}  // namespace

void Authority::add_user(Principal const& principal, NewUser user, Done<UserRecord> done) {
    if (!core::is_user_name(user.name)) return done(std::unexpected{Error::kBadUserName});
    bool const is_service = user.password_hash.empty();
    if (is_service && user.is_admin) return done(std::unexpected{Error::kServiceAccountAsAdmin});
    if (is_service && !store_->capabilities().keeps_service_accounts) return done(std::unexpected{Error::kNotSupportedByStore});

    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto add = [*this, principal, user = std::move(user), summed](Transaction const& store) -> Result<UserRecord> {
        summed->reset();
        UserRecord record{.id = {},
                          .name = user.name,
                          .password_hash = user.password_hash,
                          .is_admin = user.is_admin,
                          .ceiling = user.ceiling,
                          .created_at = std::chrono::floor<std::chrono::seconds>(clock_->now()),
                          .token_count = 0};
        WARDER_TRY(auto const id, store.users->insert(record));
        record.id = id;
        WARDER_TRY_VOID(note_or_sum_up(store, principal, audit_action::kUserCreated, record.name, summed));
        return record;
    };
    run_write<UserRecord>(*store_, std::move(add), count(std::move(summed), std::move(done)));
}

void Authority::list_users(Done<std::vector<UserRecord>> done) {
    run_read<std::vector<UserRecord>>(*store_, [](Snapshot const& store) { return store.users->list(); }, std::move(done));
}

void Authority::page_users(std::optional<std::string> after, std::uint32_t limit, Done<UserPage> done) {
    auto list = [after = std::move(after), limit](Snapshot const& store) -> Result<UserPage> {
        std::optional<UserId> last;
        if (after) {
            WARDER_TRY(auto const user, require(store.users->find(*after), Error::kUnknownCursor));
            last = user.id;
        }
        // Ask for one more than needed, to know whether more follow.
        WARDER_TRY(auto users, store.users->list(last, limit + 1));
        UserPage page{.users = std::move(users), .has_more = false};
        page.has_more = page.users.size() > limit;
        if (page.has_more) page.users.resize(limit);
        return page;
    };
    run_read<UserPage>(*store_, std::move(list), std::move(done));
}

void Authority::show_user(std::string name, Done<UserRecord> done) {
    auto show = [name = std::move(name)](Snapshot const& store) { return find_user(store, name); };
    run_read<UserRecord>(*store_, std::move(show), std::move(done));
}

void Authority::edit_user(Principal const& principal, std::string name, UserEdit edit, Done<UserRecord> done) {
    if (!edit.is_admin && !edit.ceiling) return show_user(std::move(name), std::move(done));

    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto change = [*this, principal, name = std::move(name), edit = std::move(edit), summed](Transaction const& store) -> Result<UserRecord> {
        summed->reset();
        WARDER_TRY(auto user, find_user(store, name));
        bool const has_new_role = edit.is_admin && *edit.is_admin != user.is_admin;
        bool const has_new_ceiling = edit.ceiling && !is_same(user.ceiling, *edit.ceiling);
        if (!has_new_role && !has_new_ceiling) return user;
        if (has_new_role) {
            if (user.is_service() && *edit.is_admin) return std::unexpected{Error::kServiceAccountAsAdmin};
            WARDER_TRY_VOID(require_another_admin(store, user));
            user.is_admin = *edit.is_admin;
        }
        if (has_new_ceiling) user.ceiling = *edit.ceiling;
        WARDER_TRY_VOID(store.users->update(user));
        WARDER_TRY_VOID(note_or_sum_up(store, principal, audit_action::kUserUpdated, user.name, summed));
        return user;
    };
    run_write<UserRecord>(*store_, std::move(change), count(std::move(summed), std::move(done)));
}

void Authority::set_password(Principal const& principal, std::string name, std::string password_hash, Done<void> done) {
    if (!admits_change(principal)) return done(std::unexpected{Error::kTooManyChanges});

    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto change = [*this, principal, name = std::move(name), password_hash = std::move(password_hash),
                   summed](Transaction const& store) -> Result<void> {
        summed->reset();
        WARDER_TRY(auto user, find_user(store, name));
        user.password_hash = password_hash;
        WARDER_TRY_VOID(store.users->update(user));
        return note_or_sum_up(store, principal, audit_action::kPasswordChanged, user.name, summed);
    };
    store_->write(std::move(change), count(std::move(summed), std::move(done)));
}

void Authority::upgrade_password_hash(UserId id, std::string old_hash, std::string new_hash, Done<void> done) {
    store_->write(
        [id, old_hash = std::move(old_hash), new_hash = std::move(new_hash)](Transaction const& store) -> Result<void> {
            WARDER_TRY(auto user, store.users->find(id));
            if (!user || user->password_hash != old_hash) return {};
            user->password_hash = new_hash;
            return store.users->update(*user);
        },
        std::move(done));
}

void Authority::remove_user(Principal const& principal, std::string name, Done<void> done) {
    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto ended = std::make_shared<std::int64_t>(0);
    auto remove = [*this, principal, name = std::move(name), summed, ended](Transaction const& store) -> Result<void> {
        summed->reset();
        WARDER_TRY(auto const user, find_user(store, name));
        WARDER_TRY_VOID(require_another_admin(store, user));
        *ended = user.token_count;
        WARDER_TRY_VOID(store.users->erase(user.id));
        return note_or_sum_up(store, principal, audit_action::kUserDeleted, user.name, summed);
    };
    store_->write(std::move(remove), count(std::move(summed), count_tokens(0, std::move(ended), std::move(done))));
}

}  // namespace warder::authority
