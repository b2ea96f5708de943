// SPDX-License-Identifier: MIT
#include "authority/sign_in/sessions.hpp"

#include "core/text/base64url.hpp"
#include "core/text/hex.hpp"
#include "core/try.hpp"
#include "crypto/hmac.hpp"
#include "index/user_directory.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

namespace warder::authority {
namespace {

constexpr std::size_t kUsesAtOnce = 2000;  // takes some milliseconds of the thread that also mints and revokes

/// Returns 256 random bits as text.
std::string make_session_id(Random& random) {
    std::array<char, 32> bytes{};
    random.fill(std::as_writable_bytes(std::span{bytes}));
    auto text = core::to_base64url({bytes.data(), bytes.size()});
    crypto::wipe(std::as_writable_bytes(std::span{bytes}));
    return text;
}

/// Every node can compute it from the cookie, and no one from what is stored.
std::string csrf_token_of(std::string_view id) {
    auto const mac = crypto::HmacKey{std::as_bytes(std::span{id})}.sign("warder CSRF token");
    return core::to_base64url({reinterpret_cast<char const*>(mac.data()), mac.size()});
}

/// Returns the name under which a session is shown: text that opens nothing, from which nobody can compute the digest.
std::string handle_of(Digest const& id_digest) {
    constexpr std::size_t kBytes = 16;
    auto const mac = crypto::HmacKey{std::as_bytes(std::span{id_digest})}.sign("warder session handle");
    std::string handle;
    for (std::size_t at = 0; at < kBytes; ++at) handle.append({core::kLowerHex[mac[at] >> 4U], core::kLowerHex[mac[at] & 15U]});
    return handle;
}

bool is_session_id(std::string_view text) noexcept { return text.size() == Sessions::kIdLength; }

std::vector<Digest> digests_of(std::span<std::string_view const> ids) {
    std::vector<Digest> digests;
    for (auto const id : ids)
        if (is_session_id(id)) digests.push_back(crypto::sha256(id));
    return digests;
}

/// Adds a session to the store, and ends those that it replaces and those that are too many.
/// @return false if the user no longer exists or has another password by now.
Result<bool> insert_session(Transaction const& store, StoredSession const& session, std::span<Digest const> ends, EndedSessions const& ended) {
    WARDER_TRY(auto const user, store.users->find(session.user));
    if (!user || crypto::sha256(user->password_hash) != session.password_digest) return false;
    for (auto const& digest : ends) WARDER_TRY_VOID(store.sessions->erase(digest));
    WARDER_TRY_VOID(store.sessions->erase_ended(session.user, ended, SessionTable::kMaxPerUser));
    WARDER_TRY_VOID(store.sessions->erase_oldest(session.user, SessionTable::kMaxPerUser - 1));
    WARDER_TRY_VOID(store.sessions->insert(session));
    return true;
}

}  // namespace

Sessions::Sessions(SessionTable& table, index::UserDirectory const& directory, Random& random, Store* store)
    : table_{&table},
      directory_{&directory},
      random_{&random},
      store_{store},
      lookups_{store == nullptr ? nullptr : std::make_shared<SessionLookups>(*store, table)} {}

void Sessions::begin(index::Account const& account, std::span<std::string_view const> ends, Done<std::optional<NewSession>> done) {
    auto id = make_session_id(*random_);
    crypto::WipeAtEnd const wipe{id};
    auto const now = table_->stored_now();
    StoredSession const session{.id_digest = crypto::sha256(id),
                                .user = account.id,
                                .password_digest = crypto::sha256(account.password_hash),
                                .begun_at = now,
                                .used_at = now};
    NewSession made{.id = crypto::Secret{id},
                    .session = {.principal = index::principal_of(account), .csrf_token = csrf_token_of(id), .expires_at = table_->end_of_new()}};
    auto ended = digests_of(ends);
    if (store_ == nullptr) {
        for (auto const& digest : ended) table_->erase(digest);
        table_->add(session);
        return done(std::move(made));
    }
    auto const is_begun = std::make_shared<bool>(false);
    auto work = [is_begun, session, ended = std::move(ended), limits = table_->ended()](Transaction const& store) -> Result<void> {
        WARDER_TRY(*is_begun, insert_session(store, session, ended, limits));
        return {};
    };
    store_->write(std::move(work), [is_begun, made = std::move(made), done = std::move(done)](Result<void> const& written) mutable {
        if (!written) return done(std::unexpected{written.error()});
        if (!*is_begun) return done(std::nullopt);
        done(std::move(made));
    });
}

std::expected<Sessions::Session, SessionAbsence> Sessions::use(std::string_view id) {
    if (!is_session_id(id)) return std::unexpected{SessionAbsence::kEnded};
    WARDER_TRY(auto const active, table_->use(crypto::sha256(id), *directory_, store_ != nullptr));
    return Session{.principal = index::principal_of(active.account), .csrf_token = csrf_token_of(id), .expires_at = active.expires_at};
}

void Sessions::confirm(std::string_view id, Done<void> done) {
    if (lookups_ == nullptr || !is_session_id(id)) return done({});
    lookups_->confirm(crypto::sha256(id), std::move(done));
}

void Sessions::end(std::string_view id, Done<void> done) {
    if (!is_session_id(id)) return done({});
    auto const digest = crypto::sha256(id);
    if (store_ == nullptr) {
        table_->erase(digest);
        return done({});
    }
    store_->write([digest](Transaction const& store) { return store.sessions->erase(digest); }, std::move(done));
}

/// Returns the active sessions of a user, if no store has them. Those from before the password was changed have ended.
std::vector<StoredSession> Sessions::list_in_memory(UserId user) const {
    auto const account = directory_->find(user);
    if (!account) return {};
    auto sessions = table_->list(user);
    std::erase_if(sessions, [digest = crypto::sha256(account->password_hash)](auto const& session) { return session.password_digest != digest; });
    return sessions;
}

void Sessions::list(UserId user, std::string_view current, Done<std::vector<Listed>> done) {
    auto to_list = [table = table_,
                    current = is_session_id(current) ? crypto::sha256(current) : Digest{}](std::vector<StoredSession> const& sessions) {
        std::vector<Listed> listed;
        listed.reserve(sessions.size());
        for (auto const& session : sessions)
            listed.push_back({.handle = handle_of(session.id_digest),
                              .created_at = std::chrono::floor<std::chrono::seconds>(session.begun_at),
                              .last_used_at = std::chrono::floor<std::chrono::seconds>(session.used_at),
                              .expires_at = table->end_of(session),
                              .is_current = session.id_digest == current});
        return listed;
    };
    if (store_ == nullptr) return done(to_list(list_in_memory(user)));
    auto const found = std::make_shared<std::vector<StoredSession>>();
    auto query = [user, found](Snapshot const& store) -> Result<void> {
        WARDER_TRY(*found, store.sessions->list(user));
        return {};
    };
    store_->read(std::move(query), [table = table_, found, to_list, done = std::move(done)](Result<void> const& read) mutable {
        if (!read) return done(std::unexpected{read.error()});
        for (auto& session : *found) session = table->with_last_use(session);
        std::erase_if(*found, [table](auto const& session) { return table->has_ended(session); });
        done(to_list(*found));
    });
}

void Sessions::end_listed(Authority& authority, Principal const& principal, std::string handle, Done<void> done) {
    auto const has_handle = [handle](StoredSession const& session) { return handle_of(session.id_digest) == handle; };
    auto finish = [](Result<bool> const& ended) -> Result<void> {
        if (!ended) return std::unexpected{ended.error()};
        return *ended ? Result<void>{} : std::unexpected{Error::kSessionNotFound};
    };
    if (store_ == nullptr) {
        auto const sessions = list_in_memory(principal.id);
        auto const found = std::ranges::find_if(sessions, has_handle);
        if (found == sessions.end()) return done(std::unexpected{Error::kSessionNotFound});
        return authority.change_audited(
            principal, audit_action::kSessionEnded, std::move(handle), [](Transaction const&) -> Result<bool> { return true; },
            [table = table_, digest = found->id_digest, finish, done = std::move(done)](Result<bool> const& written) mutable {
                if (written) table->erase(digest);
                done(finish(written));
            });
    }
    auto end = [user = principal.id, has_handle, table = table_](Transaction const& store) -> Result<bool> {
        WARDER_TRY(auto const sessions, store.sessions->list(user));
        auto const found = std::ranges::find_if(sessions, has_handle);
        if (found == sessions.end() || table->has_ended(*found)) return false;
        WARDER_TRY_VOID(store.sessions->erase(found->id_digest));
        return true;
    };
    authority.change_audited(principal, audit_action::kSessionEnded, std::move(handle), std::move(end),
                             [finish, done = std::move(done)](Result<bool> const& ended) mutable { done(finish(ended)); });
}

void Sessions::end_all(Authority& authority, Principal const& principal, UserId user, std::string name, Done<void> done) {
    auto finish = [](Result<bool> const& ended) -> Result<void> { return ended ? Result<void>{} : std::unexpected{ended.error()}; };
    if (store_ == nullptr) {
        return authority.change_audited(
            principal, audit_action::kUserSignedOut, std::move(name),
            [has_any = !list_in_memory(user).empty()](Transaction const&) -> Result<bool> { return has_any; },
            [table = table_, user, finish, done = std::move(done)](Result<bool> const& written) mutable {
                if (written) table->erase_of(user);
                done(finish(written));
            });
    }
    auto end = [user, table = table_](Transaction const& store) -> Result<bool> {
        // Locks the user, so that a sign-in either has committed or begins after this.
        WARDER_TRY_VOID(store.users->find(user));
        WARDER_TRY(auto const sessions, store.sessions->list(user));
        for (auto const& session : sessions) WARDER_TRY_VOID(store.sessions->erase(session.id_digest));
        return !std::ranges::all_of(sessions, [table](StoredSession const& session) { return table->has_ended(session); });
    };
    authority.change_audited(principal, audit_action::kUserSignedOut, std::move(name), std::move(end),
                             [finish, done = std::move(done)](Result<bool> const& ended) mutable { done(finish(ended)); });
}

void Sessions::save_uses(bool all, Done<void> done) {
    using namespace std::chrono_literals;
    if (store_ == nullptr) return done({});
    auto uses = table_->unsaved_uses(all ? 0ms : std::min<std::chrono::milliseconds>(1min, table_->settings().idle / 10));
    if (!all && uses.size() > kUsesAtOnce) uses.resize(kUsesAtOnce);
    if (uses.empty()) return done({});
    auto const saving = std::make_shared<std::vector<SessionTable::Use> const>(std::move(uses));
    auto work = [saving](Transaction const& store) -> Result<void> {
        for (auto const& use : *saving) WARDER_TRY_VOID(store.sessions->note_use(use.id_digest, use.at));
        return {};
    };
    store_->write(std::move(work), [table = table_, saving, done = std::move(done)](Result<void> const& written) mutable {
        if (written) table->mark_saved(*saving);
        done(written);
    });
}

}  // namespace warder::authority
