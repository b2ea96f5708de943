// SPDX-License-Identifier: MIT
// What users do with their tokens. Each use case is one function that runs in a transaction of the store, so nothing
// that it checks can change before it writes.
#include "authority/counted.hpp"
#include "authority/run.hpp"
#include "authority/usage_meter.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/rules.hpp"
#include "core/text/base64url.hpp"
#include "core/try.hpp"
#include "crypto/hmac.hpp"
#include "index/key_ring_handle.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <unordered_map>
#include <utility>

namespace warder::authority {
namespace {

Instant whole_seconds(Clock const& clock) { return std::chrono::floor<std::chrono::seconds>(clock.now()); }

Result<void> validate(std::string_view description) noexcept {
    auto const valid = core::validate_description(description);
    if (valid) return {};
    switch (valid.error()) {
        case core::TextError::kTooLong:
            return std::unexpected{Error::kDescriptionTooLong};
        case core::TextError::kControl:
            return std::unexpected{Error::kDescriptionHasControl};
        case core::TextError::kNotUtf8:
            return std::unexpected{Error::kDescriptionNotText};
        default:
            return std::unexpected{Error::kDescriptionTakenOrBlank};
    }
}

Result<void> validate(Seconds lifetime, Seconds max_lifetime) noexcept {
    auto const valid = validate_lifetime(lifetime, max_lifetime);
    if (valid) return {};
    return std::unexpected{valid.error() == LifetimeError::kTooLong ? Error::kLifetimeTooLong : Error::kLifetimeTooShort};
}

/// Signs a token and returns its text. Sets the record's key id and digest.
std::string sign(TokenRecord& record, std::string_view owner_name, crypto::KeyRing const& ring) {
    auto const& key = ring.signing();
    auto text = core::make_jws_header(key.is_first() ? std::nullopt : std::optional<std::string_view>{key.id});
    text += '.';
    core::append_base64url(text, core::write_claims({.username = owner_name,
                                                     .id = record.id,
                                                     .description = record.description,
                                                     .expires_at = record.expires_at,
                                                     .issued_at = record.issued_at,
                                                     .not_before = std::nullopt,
                                                     .endpoints = record.policy.endpoints.get()}));
    auto const mac = key.mac.sign(text);
    text += '.';
    core::append_base64url(text, {reinterpret_cast<char const*>(mac.data()), mac.size()});
    record.key_id = key.id;
    record.digest = crypto::sha256(text);
    return text;
}

struct Draft {
    UserRecord owner;
    std::string description;
    Seconds lifetime{};
    TokenId id;
    TokenPolicy policy{};
};

Result<MintedToken> make_token(Draft const& draft, Instant now, crypto::KeyRing const& ring) {
    MintedToken minted;
    auto& record = minted.record;
    record.id = draft.id;
    record.owner = draft.owner.id;
    record.description = draft.description;
    record.lifetime = draft.lifetime;
    record.policy = draft.policy;
    record.issued_at = now;
    record.expires_at = now + std::chrono::seconds{static_cast<std::int64_t>(std::ceil(draft.lifetime.count()))};
    minted.text = sign(record, draft.owner.name, ring);
    if (minted.text.size() > core::kMaxTokenText) return std::unexpected{Error::kTokenTooLong};  // no verifier would accept it
    return minted;
}

/// Descriptions are unique among a user's active tokens. `except` holds the token itself and the tokens that a renewal
/// connects with it.
Result<void> require_free_description(Snapshot const& store, UserId owner, std::string_view description, Instant now,
                                      std::initializer_list<std::optional<TokenId>> except) {
    WARDER_TRY(auto const taken, store.tokens->list_live(owner, description, now));
    auto const is_other = [&](TokenRecord const& token) { return std::ranges::find(except, std::optional{token.id}) == except.end(); };
    if (std::ranges::any_of(taken, is_other)) return std::unexpected{Error::kDescriptionTakenOrBlank};
    return {};
}

/// The same for the successor of `old`. Other tokens that a renewal is ending are ignored: they are its predecessors,
/// whose overlaps may end later than its own.
Result<void> require_no_rival(Snapshot const& store, TokenRecord const& old, Instant now) {
    WARDER_TRY(auto const taken, store.tokens->list_live(old.owner, old.description, now));
    auto const is_rival = [&](TokenRecord const& token) { return token.id != old.id && !token.succession; };
    if (std::ranges::any_of(taken, is_rival)) return std::unexpected{Error::kDescriptionTakenOrBlank};
    return {};
}

/// Finds a token that the caller may see. A token that was ended by a renewal is not found.
Result<TokenRecord> find_token(Snapshot const& store, Principal const& principal, TokenId const& id, Instant now) {
    WARDER_TRY(auto token, require(principal.is_admin ? store.tokens->find(id) : store.tokens->find(TokenKey{.owner = principal.id, .id = id}),
                                   Error::kTokenNotFound));
    if (token.succession && token.succession->ends_at <= now) return std::unexpected{Error::kTokenNotFound};
    return token;
}

Result<UserRecord> find_user(Snapshot const& store, UserId id) { return require(store.users->find(id), Error::kUserNotFound); }

Result<OwnedToken> with_owner(Snapshot const& store, TokenRecord token) {
    WARDER_TRY(auto owner, find_user(store, token.owner));
    return OwnedToken{.record = std::move(token), .owner_name = std::move(owner.name)};
}

/// Finds the old token of a renewal whose overlap has not ended: it and `token` may share a description.
Result<std::optional<TokenId>> predecessor_of(Snapshot const& store, TokenRecord const& token, std::string_view description, Instant now) {
    WARDER_TRY(auto const candidates, store.tokens->list_live(token.owner, description, now));
    for (auto const& candidate : candidates)
        if (candidate.succession && candidate.succession->successor == token.id) return std::optional{candidate.id};
    return std::optional<TokenId>{};
}

/// Validates the description after the lookup, so that the order of errors doesn't reveal whether an id exists.
Result<void> describe_anew(Snapshot const& store, TokenRecord& token, std::string const& description, Instant now) {
    WARDER_TRY_VOID(validate(description));
    if (token.description == description) return {};

    WARDER_TRY(auto const predecessor, predecessor_of(store, token, description, now));
    auto const successor = token.succession ? std::optional{token.succession->successor} : std::nullopt;
    WARDER_TRY_VOID(require_free_description(store, token.owner, description, now, {token.id, predecessor, successor}));

    token.description = description;
    token.is_edited = true;
    return {};
}

/// Returns whether a renewal ends the old token immediately.
bool ends_at_once(TokenRecord const& old, std::optional<Seconds> overlap, Instant now) { return !overlap || old.expires_at <= now; }

/// Ends the old token of a renewal: immediately, or at the end of the overlap or its lifetime, whichever comes first.
Result<void> end_old(Transaction const& store, TokenRecord old, std::optional<Seconds> overlap, Instant now, TokenId const& successor) {
    if (ends_at_once(old, overlap, now)) return store.tokens->erase(old.key());
    auto const end = now + std::chrono::seconds{static_cast<std::int64_t>(std::ceil(overlap->count()))};
    old.succession = {.ends_at = std::min(end, old.expires_at), .successor = successor};
    return store.tokens->update(old);
}

}  // namespace

std::shared_ptr<UnsavedUses const> Authority::unsaved_uses() const {
    return usage_ == nullptr ? nullptr : std::make_shared<UnsavedUses const>(usage_->unsaved());
}

OwnedToken Authority::with_uses(OwnedToken token, std::shared_ptr<UnsavedUses const> const& unsaved) const {
    if (unsaved != nullptr) usage_->complete(token.record, *unsaved);
    return token;
}

void Authority::mint(Principal const& principal, MintRequest request, Done<MintedToken> done) {
    auto find_owner = [id = principal.id](Snapshot const& store) { return find_user(store, id); };
    Store::ExpectedReads const reads{.user = principal.id, .description = request.description};
    mint_owned(principal, std::move(find_owner), std::move(request), reads, std::move(done));
}

void Authority::mint_for(Principal const& principal, std::string owner_name, MintRequest request, Done<MintedToken> done) {
    if (!principal.is_admin) return done(std::unexpected{Error::kForbidden});
    auto find_owner = [name = std::move(owner_name)](Snapshot const& store) { return require(store.users->find(name), Error::kUserNotFound); };
    mint_owned(principal, std::move(find_owner), std::move(request), std::nullopt, std::move(done));
}

void Authority::mint_owned(Principal const& principal, std::move_only_function<Result<UserRecord>(Snapshot const&)> find_owner, MintRequest request,
                           std::optional<Store::ExpectedReads> const& reads, Done<MintedToken> done) {
    if (auto const valid = validate(request.description); !valid) return done(std::unexpected{valid.error()});
    if (auto const valid = validate(request.lifetime, settings_.max_lifetime); !valid) return done(std::unexpected{valid.error()});
    if (!admits_change(principal)) return done(std::unexpected{Error::kTooManyChanges});

    auto mint = [*this, principal, find_owner = std::move(find_owner), request = std::move(request),
                 id = TokenId::make(*random_)](Transaction const& store) mutable -> Result<MintedToken> {
        WARDER_TRY(auto owner, find_owner(store));
        if (owner.token_count >= settings_.max_per_user) return std::unexpected{Error::kTooManyTokens};

        auto const now = whole_seconds(*clock_);
        WARDER_TRY_VOID(require_free_description(store, owner.id, request.description, now, {}));

        WARDER_TRY(auto minted,
                   make_token({.owner = owner, .description = request.description, .lifetime = request.lifetime, .id = id, .policy = request.policy},
                              now, *keys_->read()));
        WARDER_TRY_VOID(store.tokens->insert(minted.record, minted.text));
        WARDER_TRY_VOID(note(store, principal, audit_action::kTokenCreated, id.text()));
        return minted;
    };
    auto counted = count_tokens(1, std::make_shared<std::int64_t>(0), std::move(done));
    if (reads) run_write<MintedToken>(*store_, std::move(mint), *reads, std::move(counted));
    else run_write<MintedToken>(*store_, std::move(mint), std::move(counted));
}

void Authority::list(Principal const& principal, ListRequest request, Done<TokenPage> done) {
    if (!std::holds_alternative<Self>(request.owner) && !principal.is_admin) return done(std::unexpected{Error::kForbidden});

    auto list = [*this, principal, request = std::move(request), unsaved = unsaved_uses()](Snapshot const& store) -> Result<TokenPage> {
        TokenQuery query{.owner = std::nullopt, .after = request.after, .limit = std::nullopt, .now = whole_seconds(*clock_)};
        // Ask for one more than needed, to know whether more follow.
        if (request.limit) query.limit = *request.limit + 1;

        std::unordered_map<UserId, std::string> names;
        if (std::holds_alternative<AllUsers>(request.owner)) {
            WARDER_TRY(auto users, store.users->list());
            for (auto& user : users) names.emplace(user.id, std::move(user.name));
        } else {
            auto const* const name = std::get_if<std::string>(&request.owner);
            WARDER_TRY(auto user, require(name != nullptr ? store.users->find(*name) : store.users->find(principal.id), Error::kUserNotFound));
            query.owner = user.id;
            names.emplace(user.id, std::move(user.name));
        }

        WARDER_TRY(auto tokens, store.tokens->list(query));
        TokenPage page;
        page.has_more = request.limit && tokens.size() > *request.limit;
        if (page.has_more) tokens.resize(*request.limit);
        for (auto& token : tokens) {
            auto const owner = names.find(token.owner);
            page.tokens.push_back(
                with_uses({.record = std::move(token), .owner_name = owner == names.end() ? std::string{} : owner->second}, unsaved));
        }
        return page;
    };
    run_read<TokenPage>(*store_, std::move(list), std::move(done));
}

void Authority::show(Principal const& principal, TokenId const& id, Done<OwnedToken> done) {
    auto show = [*this, principal, id, unsaved = unsaved_uses()](Snapshot const& store) -> Result<OwnedToken> {
        WARDER_TRY(auto token, find_token(store, principal, id, whole_seconds(*clock_)));
        WARDER_TRY(auto owned, with_owner(store, std::move(token)));
        return with_uses(std::move(owned), unsaved);
    };
    run_read<OwnedToken>(*store_, std::move(show), std::move(done));
}

void Authority::edit(Principal const& principal, TokenId const& id, TokenEdit edit, Done<OwnedToken> done) {
    if (!edit.description && edit.policy.is_empty()) return show(principal, id, std::move(done));

    if (!admits_change(principal)) return done(std::unexpected{Error::kTooManyChanges});

    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto change = [*this, principal, id, edit = std::move(edit), summed, unsaved = unsaved_uses()](Transaction const& store) -> Result<OwnedToken> {
        summed->reset();
        auto const now = whole_seconds(*clock_);
        WARDER_TRY(auto token, find_token(store, principal, id, now));
        auto const before = token;
        if (edit.description) WARDER_TRY_VOID(describe_anew(store, token, *edit.description, now));
        token.policy = edit.policy.applied_to(std::move(token.policy));
        if (token.description != before.description || token.policy != before.policy) {
            WARDER_TRY_VOID(store.tokens->update(token));
            WARDER_TRY_VOID(note_or_sum_up(store, principal, audit_action::kTokenUpdated, id.text(), summed));
        }
        WARDER_TRY(auto owned, with_owner(store, std::move(token)));
        return with_uses(std::move(owned), unsaved);
    };
    run_write<OwnedToken>(*store_, std::move(change), count(std::move(summed), std::move(done)));
}

void Authority::revoke(Principal const& principal, TokenId const& id, Done<void> done) {
    store_->write(
        [*this, principal, id](Transaction const& store) -> Result<void> {
            WARDER_TRY(auto const token, find_token(store, principal, id, whole_seconds(*clock_)));
            WARDER_TRY_VOID(store.tokens->erase(token.key()));
            return note(store, principal, audit_action::kTokenRevoked, id.text());
        },
        count_tokens(0, std::make_shared<std::int64_t>(1), std::move(done)));
}

void Authority::revoke_all(Principal const& principal, std::string owner_name, Done<std::int64_t> done) {
    auto ended = std::make_shared<std::int64_t>(0);
    auto revoke = [*this, principal, owner_name = std::move(owner_name), ended](Transaction const& store) -> Result<std::int64_t> {
        WARDER_TRY(auto const owner, require(store.users->find(owner_name), principal.is_admin ? Error::kUserNotFound : Error::kForbidden));
        if (owner.id != principal.id && !principal.is_admin) return std::unexpected{Error::kForbidden};
        WARDER_TRY(*ended, store.tokens->erase_all(owner.id));
        if (*ended > 0) WARDER_TRY_VOID(note(store, principal, audit_action::kUserTokensRevoked, owner.name));
        return *ended;
    };
    run_write<std::int64_t>(*store_, std::move(revoke), count_tokens(0, ended, std::move(done)));
}

void Authority::renew(Principal const& principal, TokenId const& id, RenewRequest request, Done<MintedToken> done) {
    for (auto const& span : {request.lifetime, request.overlap})
        if (span)
            if (auto const valid = validate(*span, settings_.max_lifetime); !valid) return done(std::unexpected{valid.error()});
    if (!admits_change(principal)) return done(std::unexpected{Error::kTooManyChanges});

    auto ended = std::make_shared<std::int64_t>(0);
    auto renew = [*this, principal, id, request, ended, fresh_id = TokenId::make(*random_)](Transaction const& store) -> Result<MintedToken> {
        auto const now = whole_seconds(*clock_);
        WARDER_TRY(auto const old, find_token(store, principal, id, now));
        WARDER_TRY(auto owner, find_user(store, old.owner));
        bool const is_service = principal.is_admin && owner.is_service();
        if (old.owner != principal.id && !is_service && !principal.is_operator) return std::unexpected{Error::kForbidden};
        if (old.succession) return std::unexpected{Error::kAlreadyRenewed};
        WARDER_TRY_VOID(require_no_rival(store, old, now));

        // Only an overlap adds a token to the user's; without one, the new token replaces the old one.
        if (request.overlap && owner.token_count >= settings_.max_per_user) return std::unexpected{Error::kTooManyTokens};

        auto const lifetime = request.lifetime.value_or(old.lifetime);
        // The maximum may have been lowered since the old token was minted.
        WARDER_TRY_VOID(validate(lifetime, settings_.max_lifetime));
        WARDER_TRY(auto minted,
                   make_token({.owner = owner, .description = old.description, .lifetime = lifetime, .id = fresh_id, .policy = old.policy}, now,
                              *keys_->read()));
        *ended = ends_at_once(old, request.overlap, now) ? 1 : 0;  // otherwise `purge` counts it
        WARDER_TRY_VOID(end_old(store, old, request.overlap, now, fresh_id));
        WARDER_TRY_VOID(store.tokens->insert(minted.record, minted.text));
        WARDER_TRY_VOID(note(store, principal, audit_action::kTokenCreated, fresh_id.text()));
        WARDER_TRY_VOID(note(store, principal, audit_action::kTokenRenewed, id.text()));
        return minted;
    };
    run_write<MintedToken>(*store_, std::move(renew), count_tokens(1, std::move(ended), std::move(done)));
}

void Authority::count_signed_by(std::string key_id, Done<std::int64_t> done) {
    auto count = [*this, key_id = std::move(key_id)](Snapshot const& store) { return store.tokens->count_live(key_id, whole_seconds(*clock_)); };
    run_read<std::int64_t>(*store_, std::move(count), std::move(done));
}

void Authority::revoke_signed_by(Principal const& principal, std::string key_id, Done<std::int64_t> done) {
    auto ended = std::make_shared<std::int64_t>(0);
    auto revoke = [*this, principal, ended, key_id = std::move(key_id)](Transaction const& store) -> Result<std::int64_t> {
        WARDER_TRY(auto const revoked, store.tokens->erase_signed_by(key_id));
        if (revoked > 0) WARDER_TRY_VOID(note(store, principal, audit_action::kKeyTokensRevoked, key_id));
        WARDER_TRY_VOID(note(store, principal, audit_action::kKeyRetired, key_id));
        *ended = revoked;
        return revoked;
    };
    run_write<std::int64_t>(*store_, std::move(revoke), count_tokens(0, std::move(ended), std::move(done)));
}

void Authority::purge(Instant now, Done<PurgeCounts> done) {
    constexpr std::uint32_t kBatch = 1000;  // lets other writes run between batches
    auto ended = std::make_shared<std::int64_t>(0);
    auto purge = [*this, now, ended](Transaction const& store) -> Result<PurgeCounts> {
        WARDER_TRY(auto const replaced, store.tokens->count_replaced(now));
        WARDER_TRY(auto const tokens, store.tokens->purge(now - std::chrono::floor<std::chrono::seconds>(settings_.keep_expired), now, kBatch));
        WARDER_TRY(auto const still_there, store.tokens->count_replaced(now));
        *ended = replaced - still_there;
        WARDER_TRY(auto const events, store.audit->purge(now - std::chrono::floor<std::chrono::seconds>(settings_.keep_audit), kBatch));
        std::int64_t sessions = 0;
        if (store.sessions != nullptr && settings_.purges_sessions) {
            EndedSessions const ended_sessions{.begun_by = now - settings_.purges_sessions->absolute,
                                               .used_by = now - settings_.purges_sessions->idle};
            WARDER_TRY(sessions, store.sessions->erase_ended(std::nullopt, ended_sessions, kBatch));
            WARDER_TRY_VOID(store.sessions->erase_oldest(std::nullopt, settings_.purges_sessions->most));
        }
        return PurgeCounts{.tokens = tokens, .events = events, .sessions = sessions};
    };
    run_write<PurgeCounts>(*store_, std::move(purge), count_tokens(0, std::move(ended), std::move(done)));
}

void Authority::latest_time(Done<Instant> done) {
    auto find_latest = [](Snapshot const& store) -> Result<Instant> {
        WARDER_TRY(auto latest, store.tokens->latest_time());
        WARDER_TRY(auto const users, store.users->list());
        for (auto const& user : users) latest = std::max(latest, user.created_at);
        WARDER_TRY(auto const events, store.audit->list({.before = std::nullopt, .limit = 1}));
        return events.empty() ? latest : std::max(latest, events.front().event.time);
    };
    run_read<Instant>(*store_, std::move(find_latest), std::move(done));
}

}  // namespace warder::authority
