// SPDX-License-Identifier: MIT
#include "store/store_conformance.hpp"

#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/text/base64url.hpp"
#include "crypto/hmac.hpp"

#include <future>
#include <utility>
#include <variant>

namespace warder::tests {

using authority::Result;
using authority::Snapshot;
using authority::Store;
using authority::TokenQuery;
using authority::Transaction;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreConformance);

namespace {

template <class Start>
Result<void> wait_for(Start start) {
    std::promise<Result<void>> promise;
    auto outcome = promise.get_future();
    start([&promise](Result<void> result) { promise.set_value(std::move(result)); });
    return outcome.get();
}

std::string limit(char const* name, Grants const& grants) {
    return grants == nullptr ? std::string{} : std::string{name}.append(grants->grants().front().text());
}
std::string word(authority::TokenUpserted const& put) {
    return (put.token.is_edited ? "edited" : "token") + limit(" for ", put.token.policy.endpoints);
}
std::string word(authority::TokenRemoved const&) { return "token gone"; }
std::string word(authority::UserUpserted const& put) {
    return "user " + put.user.name + (put.user.is_admin ? " (admin) " : " ") + put.user.password_hash.substr(put.user.password_hash.rfind('$') + 1) +
           limit(" under ", put.user.ceiling);
}
std::string word(authority::UserRemoved const&) { return "user gone"; }
std::string word(authority::SessionUpserted const&) { return "session"; }
std::string word(authority::SessionRemoved const&) { return "session gone"; }
std::string word(authority::KeysReplaced const& replaced) {
    std::string words{"keys"};
    for (auto const& key : replaced.keys) words += " " + key.id + (key.is_everywhere ? "" : " (pending)");
    return words;
}
std::string word(authority::Reset const&) { return "start over"; }
std::string word(authority::ResetComplete const&) { return "complete"; }

}  // namespace

void ChangeRecorder::on_changes(std::span<authority::Change const> changes) {
    ++calls_;
    for (auto const& change : changes) words_.push_back(std::visit([](auto const& one) { return word(one); }, change));
}

Words ChangeRecorder::take() {
    calls_ = 0;
    return std::exchange(words_, {});
}

Hold::Hold(authority::Store& store) {
    std::promise<void> started;
    store.write(
        [&started, released = release_.get_future().share()](Transaction const&) -> Result<void> {
            started.set_value();
            released.wait();
            return {};
        },
        [this](Result<void>) { done_.set_value(); });
    started.get_future().wait();
}

void Hold::release() {
    release_.set_value();
    done_.get_future().wait();
}

Result<void> write(Store& store, Store::Work work) {
    return wait_for([&](authority::Done<void> done) { store.write(std::move(work), std::move(done)); });
}
Result<void> read(Store& store, Store::Query query) {
    return wait_for([&](authority::Done<void> done) { store.read(std::move(query), std::move(done)); });
}
Result<void> refresh(Store& store) {
    return wait_for([&](authority::Done<void> done) { store.refresh(std::move(done)); });
}

TokenRecord StoreConformance::token(UserId owner, std::string description, Seconds lifetime) {
    TokenRecord record;
    record.id = TokenId::make(random_);
    record.owner = owner;
    record.description = std::move(description);
    record.lifetime = lifetime;
    record.issued_at = now();
    record.expires_at = now() + std::chrono::duration_cast<std::chrono::seconds>(lifetime);
    record.key_id = "key-1";
    record.digest = crypto::sha256(text_of(record));
    return record;
}

std::string text_of(TokenRecord const& token) {
    auto const kid = token.key_id.empty() ? std::nullopt : std::optional<std::string_view>{token.key_id};
    return core::make_jws_header(kid) + "." +
           core::to_base64url(core::write_claims({.username = "whoever",
                                                  .id = token.id,
                                                  .description = token.description,
                                                  .expires_at = token.expires_at,
                                                  .issued_at = token.issued_at,
                                                  .not_before = {},
                                                  .endpoints = token.policy.endpoints.get()})) +
           ".c2lnbmF0dXJl";
}

Result<void> insert(Transaction const& transaction, TokenRecord const& token) { return transaction.tokens->insert(token, text_of(token)); }

UserId StoreConformance::add_user(std::string_view name, bool is_admin) {
    UserId id{};
    auto const added = write(*store_, [&](Transaction const& t) -> Result<void> {
        auto const made = t.users->insert(
            {.id = {}, .name = std::string{name}, .password_hash = hash_of("hash"), .is_admin = is_admin, .ceiling = {}, .created_at = now()});
        if (!made) return std::unexpected{made.error()};
        id = *made;
        return {};
    });
    EXPECT_TRUE(added);
    return id;
}

TokenRecord StoreConformance::add_token(UserId owner, std::string description, Seconds lifetime) {
    auto record = token(owner, std::move(description), lifetime);
    EXPECT_TRUE(write(*store_, [&](Transaction const& t) { return insert(t, record); }));
    return record;
}

Result<Words> StoreConformance::list(TokenQuery query) {
    Words words;
    query.now = now();
    auto const listed = read(*store_, [&](Snapshot const& s) -> Result<void> {
        auto const tokens = s.tokens->list(query);
        if (!tokens) return std::unexpected{tokens.error()};
        for (auto const& one : *tokens) words.push_back(one.description);
        return {};
    });
    if (!listed) return std::unexpected{listed.error()};
    return words;
}

std::int64_t StoreConformance::purge_one(std::chrono::seconds ago) {
    std::int64_t purged = 0;
    EXPECT_TRUE(write(*store_, [&](Transaction const& t) -> Result<void> {
        purged = t.tokens->purge(now() - ago, now(), 1).value();
        return {};
    }));
    return purged;
}

void StoreConformance::reopen() {
    store_.reset();
    store_ = location_->open();
}

}  // namespace warder::tests
