// SPDX-License-Identifier: MIT
// What users do with their tokens. Each use case is one function that runs in a transaction of the store, so nothing
// that it checks can change before it writes.
#include "authority/counted.hpp"
#include "authority/run.hpp"
#include "authority/usage_meter.hpp"
#include "core/claims.hpp"
#include "core/jws.hpp"
#include "core/rules.hpp"
#include "core/text/base64url.hpp"
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

std::optional<Error> validate(std::string_view description) noexcept {
    auto const fault = core::validate_description(description);
    if (!fault) return std::nullopt;
    switch (*fault) {
        case core::TextError::kTooLong:
            return Error::kDescriptionTooLong;
        case core::TextError::kControl:
            return Error::kDescriptionHasControl;
        case core::TextError::kNotUtf8:
            return Error::kDescriptionNotText;
        default:
            return Error::kDescriptionTakenOrBlank;
    }
}

std::optional<Error> validate(Seconds life, Seconds max_life) noexcept {
    auto const admitted = validate_lifetime(life, max_life);
    if (admitted) return std::nullopt;
    return admitted.error() == LifetimeError::kTooLong ? Error::kLifeTooLong : Error::kLifeTooShort;
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
                                                     .endpoints = record.endpoints.get()}));
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
    Seconds life{};
    TokenId id;
    Grants endpoints{};
};

Result<MintedToken> make_token(Draft const& draft, Instant now, crypto::KeyRing const& ring) {
    MintedToken minted;
    auto& record = minted.record;
    record.id = draft.id;
    record.owner = draft.owner.id;
    record.description = draft.description;
    record.life = draft.life;
    record.endpoints = draft.endpoints;
    record.issued_at = now;
    record.expires_at = now + std::chrono::seconds{static_cast<std::int64_t>(std::ceil(draft.life.count()))};
    minted.text = sign(record, draft.owner.name, ring);
    if (minted.text.size() > core::kMaxTokenText) return std::unexpected{Error::kTokenTooLong};  // no verifier would accept it
    return minted;
}

/// Descriptions are unique among a user's active tokens. `except` holds the token itself and the tokens that a renewal
/// connects with it.
Result<void> require_free_description(Snapshot& store, UserId owner, std::string_view description, Instant now,
                                      std::initializer_list<std::optional<TokenId>> except) {
    auto const taken = store.live_tokens_described(owner, description, now);
    if (!taken) return std::unexpected{taken.error()};
    auto const is_other = [&](TokenRecord const& token) { return std::ranges::find(except, std::optional{token.id}) == except.end(); };
    if (std::ranges::any_of(*taken, is_other)) return std::unexpected{Error::kDescriptionTakenOrBlank};
    return {};
}

/// The same for the successor of `old`. Other tokens that a renewal is ending are ignored: they are its predecessors,
/// whose overlaps may end later than its own.
Result<void> require_no_rival(Snapshot& store, TokenRecord const& old, Instant now) {
    auto const taken = store.live_tokens_described(old.owner, old.description, now);
    if (!taken) return std::unexpected{taken.error()};
    auto const is_rival = [&](TokenRecord const& token) { return token.id != old.id && !token.succession; };
    if (std::ranges::any_of(*taken, is_rival)) return std::unexpected{Error::kDescriptionTakenOrBlank};
    return {};
}

/// Finds a token that the caller may see. A token that was ended by a renewal is not found.
Result<TokenRecord> find_token(Snapshot& store, Caller const& caller, TokenId const& id, Instant now) {
    auto token = caller.is_admin ? store.find_token(id) : store.token({.owner = caller.id, .id = id});
    if (!token) return std::unexpected{token.error()};
    if (!*token) return std::unexpected{Error::kTokenNotFound};
    if ((*token)->succession && (*token)->succession->ends_at <= now) return std::unexpected{Error::kTokenNotFound};
    return std::move(**token);
}

Result<UserRecord> find_user(Snapshot& store, UserId id) {
    auto user = store.user(id);
    if (!user) return std::unexpected{user.error()};
    if (!*user) return std::unexpected{Error::kUserNotFound};
    return std::move(**user);
}

Result<OwnedToken> with_owner(Snapshot& store, TokenRecord token) {
    auto owner = find_user(store, token.owner);
    if (!owner) return std::unexpected{owner.error()};
    return OwnedToken{.record = std::move(token), .owner_name = std::move(owner->name)};
}

/// Finds the old token of a renewal whose overlap has not ended: it and `token` may share a description.
Result<std::optional<TokenId>> predecessor_of(Snapshot& store, TokenRecord const& token, std::string_view description, Instant now) {
    auto const candidates = store.live_tokens_described(token.owner, description, now);
    if (!candidates) return std::unexpected{candidates.error()};
    for (auto const& candidate : *candidates)
        if (candidate.succession && candidate.succession->successor == token.id) return std::optional{candidate.id};
    return std::optional<TokenId>{};
}

/// Validates the description after the lookup, so that the order of errors doesn't reveal whether an id exists.
Result<void> describe_anew(Transaction& store, TokenRecord& token, std::string const& description, Instant now) {
    if (auto const fault = validate(description)) return std::unexpected{*fault};
    if (token.description == description) return {};

    auto const predecessor = predecessor_of(store, token, description, now);
    if (!predecessor) return std::unexpected{predecessor.error()};
    auto const successor = token.succession ? std::optional{token.succession->successor} : std::nullopt;
    auto const free = require_free_description(store, token.owner, description, now, {token.id, *predecessor, successor});
    if (!free) return std::unexpected{free.error()};

    if (auto set = store.set_description(token.key(), description); !set) return set;
    token.description = description;
    token.is_edited = true;
    return {};
}

/// Ends the old token of a renewal: immediately, or at the end of the overlap or its lifetime, whichever comes first.
Result<void> end_old(Transaction& store, TokenRecord const& old, std::optional<Seconds> overlap, Instant now, TokenId const& successor) {
    if (!overlap || old.expires_at <= now) return store.delete_token(old.key());
    auto const end = now + std::chrono::seconds{static_cast<std::int64_t>(std::ceil(overlap->count()))};
    return store.set_succession(old.key(), {.ends_at = std::min(end, old.expires_at), .successor = successor});
}

}  // namespace

std::uint32_t Authority::savings() const noexcept { return usage_ == nullptr ? 0 : usage_->savings(); }

OwnedToken Authority::with_uses(OwnedToken token, std::uint32_t savings) const {
    if (usage_ != nullptr) usage_->complete(token.record, savings);
    return token;
}

void Authority::mint(Caller const& caller, MintRequest request, Done<MintedToken> done) {
    mint_owned(caller, [id = caller.id](Snapshot& store) { return find_user(store, id); }, std::move(request), std::move(done));
}

void Authority::mint_for(Caller const& caller, std::string owner_name, MintRequest request, Done<MintedToken> done) {
    auto find_owner = [name = std::move(owner_name)](Snapshot& store) -> Result<UserRecord> {
        auto user = store.user_named(name);
        if (!user) return std::unexpected{user.error()};
        if (!*user) return std::unexpected{Error::kUserNotFound};
        return std::move(**user);
    };
    mint_owned(caller, std::move(find_owner), std::move(request), std::move(done));
}

void Authority::mint_owned(Caller const& caller, std::move_only_function<Result<UserRecord>(Snapshot&)> find_owner, MintRequest request,
                           Done<MintedToken> done) {
    if (auto const fault = validate(request.description)) return done(std::unexpected{*fault});
    if (auto const fault = validate(request.life, settings_.max_life)) return done(std::unexpected{*fault});
    if (!admits_change(caller)) return done(std::unexpected{Error::kTooManyChanges});

    auto mint = [*this, caller, find_owner = std::move(find_owner), request = std::move(request),
                 id = TokenId::make(*random_)](Transaction& store) mutable -> Result<MintedToken> {
        auto owner = find_owner(store);
        if (!owner) return std::unexpected{owner.error()};
        if (owner->token_count >= settings_.max_per_user) return std::unexpected{Error::kTooManyTokens};

        auto const now = whole_seconds(*clock_);
        if (auto free = require_free_description(store, owner->id, request.description, now, {}); !free) return std::unexpected{free.error()};

        auto minted =
            make_token({.owner = *owner, .description = request.description, .life = request.life, .id = id, .endpoints = request.endpoints}, now,
                       *keys_->read());
        if (!minted) return minted;
        if (auto inserted = store.insert_token(minted->record, minted->text); !inserted) return std::unexpected{inserted.error()};
        if (auto noted = note(store, caller, audit_action::kTokenCreated, id.text()); !noted) return std::unexpected{noted.error()};
        return minted;
    };
    run_write<MintedToken>(*store_, std::move(mint), std::move(done));
}

void Authority::list(Caller const& caller, ListRequest request, Done<TokenPage> done) {
    if (!std::holds_alternative<Self>(request.owner) && !caller.is_admin) return done(std::unexpected{Error::kForbidden});

    auto list = [*this, caller, request = std::move(request), savings = savings()](Snapshot& store) -> Result<TokenPage> {
        TokenQuery query{.owner = std::nullopt, .after = request.after, .limit = std::nullopt, .now = whole_seconds(*clock_)};
        // Ask for one more than needed, to know whether more follow.
        if (request.limit) query.limit = *request.limit + 1;

        std::unordered_map<UserId, std::string> names;
        if (std::holds_alternative<AllUsers>(request.owner)) {
            auto users = store.users();
            if (!users) return std::unexpected{users.error()};
            for (auto& user : *users) names.emplace(user.id, std::move(user.name));
        } else {
            auto const* const name = std::get_if<std::string>(&request.owner);
            auto user = name != nullptr ? store.user_named(*name) : store.user(caller.id);
            if (!user) return std::unexpected{user.error()};
            if (!*user) return std::unexpected{Error::kUserNotFound};
            query.owner = (*user)->id;
            names.emplace((*user)->id, std::move((*user)->name));
        }

        auto tokens = store.tokens(query);
        if (!tokens) return std::unexpected{tokens.error()};
        TokenPage page;
        page.has_more = request.limit && tokens->size() > *request.limit;
        if (page.has_more) tokens->resize(*request.limit);
        for (auto& token : *tokens) {
            auto const owner = names.find(token.owner);
            page.tokens.push_back(
                with_uses({.record = std::move(token), .owner_name = owner == names.end() ? std::string{} : owner->second}, savings));
        }
        return page;
    };
    run_read<TokenPage>(*store_, std::move(list), std::move(done));
}

void Authority::show(Caller const& caller, TokenId const& id, Done<OwnedToken> done) {
    auto show = [*this, caller, id, savings = savings()](Snapshot& store) -> Result<OwnedToken> {
        auto token = find_token(store, caller, id, whole_seconds(*clock_));
        if (!token) return std::unexpected{token.error()};
        auto owned = with_owner(store, std::move(*token));
        if (!owned) return owned;
        return with_uses(std::move(*owned), savings);
    };
    run_read<OwnedToken>(*store_, std::move(show), std::move(done));
}

void Authority::edit(Caller const& caller, TokenId const& id, TokenEdit edit, Done<OwnedToken> done) {
    if (!edit.description && !edit.endpoints) return show(caller, id, std::move(done));

    if (!admits_change(caller)) return done(std::unexpected{Error::kTooManyChanges});

    auto summed = std::make_shared<std::optional<AuditEvent>>();
    auto change = [*this, caller, id, edit = std::move(edit), summed, savings = savings()](Transaction& store) -> Result<OwnedToken> {
        summed->reset();
        auto const now = whole_seconds(*clock_);
        auto token = find_token(store, caller, id, now);
        if (!token) return std::unexpected{token.error()};
        bool is_changed = false;
        if (edit.description) {
            is_changed = token->description != *edit.description;
            if (auto set = describe_anew(store, *token, *edit.description, now); !set) return std::unexpected{set.error()};
        }
        if (edit.endpoints && !is_same(token->endpoints, *edit.endpoints)) {
            if (auto set = store.set_endpoints(token->key(), *edit.endpoints); !set) return std::unexpected{set.error()};
            token->endpoints = *edit.endpoints;
            is_changed = true;
        }
        if (is_changed)
            if (auto noted = note_or_sum_up(store, caller, audit_action::kTokenUpdated, id.text(), summed); !noted)
                return std::unexpected{noted.error()};
        auto owned = with_owner(store, std::move(*token));
        if (!owned) return owned;
        return with_uses(std::move(*owned), savings);
    };
    run_write<OwnedToken>(*store_, std::move(change), count(std::move(summed), std::move(done)));
}

void Authority::revoke(Caller const& caller, TokenId const& id, Done<void> done) {
    store_->write(
        [*this, caller, id](Transaction& store) -> Result<void> {
            auto const token = find_token(store, caller, id, whole_seconds(*clock_));
            if (!token) return std::unexpected{token.error()};
            if (auto deleted = store.delete_token(token->key()); !deleted) return deleted;
            return note(store, caller, audit_action::kTokenRevoked, id.text());
        },
        std::move(done));
}

void Authority::renew(Caller const& caller, TokenId const& id, RenewRequest request, Done<MintedToken> done) {
    for (auto const& span : {request.life, request.overlap})
        if (span)
            if (auto const fault = validate(*span, settings_.max_life)) return done(std::unexpected{*fault});
    if (!admits_change(caller)) return done(std::unexpected{Error::kTooManyChanges});

    auto renew = [*this, caller, id, request, fresh_id = TokenId::make(*random_)](Transaction& store) -> Result<MintedToken> {
        auto const now = whole_seconds(*clock_);
        auto const old = find_token(store, caller, id, now);
        if (!old) return std::unexpected{old.error()};
        if (old->owner != caller.id && !caller.is_operator) return std::unexpected{Error::kForbidden};
        if (old->succession) return std::unexpected{Error::kTokenNotFound};
        auto owner = find_user(store, old->owner);
        if (!owner) return std::unexpected{owner.error()};
        if (auto free = require_no_rival(store, *old, now); !free) return std::unexpected{free.error()};

        // Only an overlap adds a token to the user's; without one, the new token replaces the old one.
        if (request.overlap && owner->token_count >= settings_.max_per_user) return std::unexpected{Error::kTooManyTokens};

        auto const life = request.life.value_or(old->life);
        // The maximum may have been lowered since the old token was minted.
        if (auto const fault = validate(life, settings_.max_life)) return std::unexpected{*fault};
        auto minted = make_token({.owner = *owner, .description = old->description, .life = life, .id = fresh_id, .endpoints = old->endpoints}, now,
                                 *keys_->read());
        if (!minted) return minted;
        if (auto ended = end_old(store, *old, request.overlap, now, fresh_id); !ended) return std::unexpected{ended.error()};
        if (auto inserted = store.insert_token(minted->record, minted->text); !inserted) return std::unexpected{inserted.error()};
        if (auto noted = note(store, caller, audit_action::kTokenCreated, fresh_id.text()); !noted) return std::unexpected{noted.error()};
        if (auto noted = note(store, caller, audit_action::kTokenRenewed, id.text()); !noted) return std::unexpected{noted.error()};
        return minted;
    };
    run_write<MintedToken>(*store_, std::move(renew), std::move(done));
}

void Authority::count_signed_by(std::string key_id, Done<std::int64_t> done) {
    auto count = [*this, key_id = std::move(key_id)](Snapshot& store) { return store.count_live_signed_by(key_id, whole_seconds(*clock_)); };
    run_read<std::int64_t>(*store_, std::move(count), std::move(done));
}

void Authority::revoke_signed_by(Caller const& caller, std::string key_id, Done<std::int64_t> done) {
    auto revoke = [*this, caller, key_id = std::move(key_id)](Transaction& store) -> Result<std::int64_t> {
        auto const gone = store.delete_signed_by(key_id);
        if (!gone) return gone;
        if (*gone > 0)
            if (auto noted = note(store, caller, audit_action::kKeyTokensRevoked, key_id); !noted) return std::unexpected{noted.error()};
        if (auto noted = note(store, caller, audit_action::kKeyRetired, key_id); !noted) return std::unexpected{noted.error()};
        return gone;
    };
    run_write<std::int64_t>(*store_, std::move(revoke), std::move(done));
}

void Authority::purge(Instant now, Done<Purged> done) {
    constexpr std::uint32_t kBatch = 1000;  // lets other writes run between batches
    auto purge = [*this, now](Transaction& store) -> Result<Purged> {
        auto const tokens = store.purge(now - std::chrono::floor<std::chrono::seconds>(settings_.keep_expired), now, kBatch);
        if (!tokens) return std::unexpected{tokens.error()};
        auto const events = store.purge_audit(now - std::chrono::floor<std::chrono::seconds>(settings_.keep_audit), kBatch);
        if (!events) return std::unexpected{events.error()};
        return Purged{.tokens = *tokens, .events = *events};
    };
    run_write<Purged>(*store_, std::move(purge), std::move(done));
}

void Authority::latest_time(Done<Instant> done) {
    run_read<Instant>(*store_, [](Snapshot& store) { return store.latest_time(); }, std::move(done));
}

}  // namespace warder::authority
