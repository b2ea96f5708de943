// SPDX-License-Identifier: MIT
#include "authority/sign_in/sessions.hpp"

#include "core/text/base64url.hpp"
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
