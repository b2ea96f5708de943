// SPDX-License-Identifier: MIT
#include "authority/import.hpp"

#include "authority/run.hpp"
#include "core/jwt/claims.hpp"
#include "core/jwt/jws.hpp"
#include "core/rules.hpp"
#include "core/text/base64url.hpp"
#include "core/try.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <utility>

namespace warder::authority {
namespace {

using Scratch = std::array<char, core::kMaxTokenText>;

/// Returns the key that signed the token; nullptr if none did.
crypto::SigningKey const* find_signer(core::CompactJws const& jws, crypto::KeyRing const& ring) {
    Scratch scratch;
    auto const header = core::read_jws_header(jws.header, scratch);
    auto const signature = core::read_signature(jws);
    if (!header || !signature) return nullptr;
    if (!header->kid) return ring.signer_without_kid(jws.signing_input, *signature);
    auto const* const key = ring.named(*header->kid);
    return key != nullptr && key->made(jws.signing_input, *signature) ? key : nullptr;
}

bool is_for(core::CompactJws const& jws, std::string_view name) {
    Scratch decoded;
    Scratch scratch;
    auto const payload = core::decode_base64url(jws.payload, decoded);
    if (!payload) return false;
    auto const claims = core::read_claims(*payload, scratch);
    return claims && claims->username == name;
}

/// Returns whether the token is kept; counts it in the report if not.
bool sort_out(ImportedToken& token, std::string_view owner, crypto::KeyRing const& ring, Instant now, ImportReport& report) {
    auto const leave_out = [](std::int64_t& count) {
        ++count;
        return false;
    };
    auto const jws = core::split_jws(token.text);
    if (!jws) return leave_out(report.unreadable);
    if (token.record.ends_at() <= now) return leave_out(report.expired);
    auto const* const signer = find_signer(*jws, ring);
    if (signer == nullptr) return leave_out(report.unsigned_by_us);
    if (!is_for(*jws, owner)) return leave_out(report.for_another_name);
    if (!core::validate_description(token.record.description)) return leave_out(report.invalid_descriptions);
    token.record.key_id = signer->id;
    return true;
}

/// Imports users and their tokens in one transaction.
class Importer {
  public:
    using Note = std::function<Result<void>(std::string_view action, std::string target)>;

    /// @param note  adds an event to the audit log.
    Importer(Transaction const& store, Instant now, std::int64_t max_per_user, Note note, ImportProgress progress)
        : store_{store}, now_{now}, max_per_user_{max_per_user}, note_{std::move(note)}, progress_{std::move(progress)} {}

    /// Adds up to `most` users and tokens, starting at the current position.
    Result<ImportProgress> bring(std::vector<ImportedUser> const& users, std::size_t most);

  private:
    Result<std::optional<UserRecord>> find_or_add(UserRecord const& wanted);
    Result<std::optional<UserRecord>> find_owner(ImportedUser const& user);
    Result<void> bring(ImportedToken const& token, UserRecord& owner);
    Result<std::int64_t*> find_conflict(TokenRecord const& record, UserRecord const& owner);

    Transaction store_;
    Instant now_;
    std::int64_t max_per_user_;
    Note note_;
    ImportProgress progress_;
    ImportReport& report_ = progress_.report;
};

/// Returns nullopt if the user is skipped.
Result<std::optional<UserRecord>> Importer::find_or_add(UserRecord const& wanted) {
    if (!core::is_user_name(wanted.name)) {
        ++report_.invalid_names;
        report_.skipped_names.push_back(wanted.name);
        return std::optional<UserRecord>{};
    }
    WARDER_TRY(auto present, store_.users->find(wanted.name));
    bool const is_first = progress_.names.insert(core::fold_name(wanted.name)).second;
    if (present) {
        bool const is_same = is_first && present->name == wanted.name;
        ++(is_same ? report_.known_users : report_.names_taken);
        if (!is_same) report_.skipped_names.push_back(wanted.name);
        return is_same ? present : std::nullopt;
    }
    auto user = wanted;
    if (user.created_at == Instant{}) user.created_at = now_;
    WARDER_TRY(auto const id, store_.users->insert(user));
    user.id = id;
    user.token_count = 0;
    WARDER_TRY_VOID(note_(audit_action::kUserImported, user.name));
    report_.added_users.push_back(user.name);
    return std::optional{std::move(user)};
}

/// Returns the owner of the next tokens. In the middle of a user's tokens, this is the user whom an earlier batch added
/// or found.
Result<std::optional<UserRecord>> Importer::find_owner(ImportedUser const& user) {
    if (progress_.token == 0) return find_or_add(user.record);
    WARDER_TRY(auto owner, store_.users->find(user.record.name));
    // Deleted since the previous batch, and possibly created again as another user: skip the remaining tokens.
    if (owner && owner->id != progress_.owner) owner.reset();
    return owner;
}

Result<ImportProgress> Importer::bring(std::vector<ImportedUser> const& users, std::size_t most) {
    for (std::size_t count = 0; progress_.user < users.size() && count < most; ++count, ++progress_.user, progress_.token = 0) {
        auto const& user = users[progress_.user];
        WARDER_TRY(auto owner, find_owner(user));
        if (!owner) {
            report_.tokens_of_skipped_users += static_cast<std::int64_t>(user.tokens.size() - progress_.token);
            continue;
        }
        progress_.owner = owner->id;
        for (; progress_.token < user.tokens.size(); ++progress_.token, ++count) {
            // Import at least one token per batch: a batch that starts in the middle of a user must make progress.
            if (count >= most && progress_.token > 0) return std::move(progress_);
            WARDER_TRY_VOID(bring(user.tokens[progress_.token], *owner));
        }
    }
    progress_.is_done = progress_.user == users.size();
    return std::move(progress_);
}

/// Returns the counter of the reason why a token is skipped; nullptr if there is none.
Result<std::int64_t*> Importer::find_conflict(TokenRecord const& record, UserRecord const& owner) {
    WARDER_TRY(auto const present, store_.tokens->find(record.id));
    if (present) return present->owner == owner.id && present->digest == record.digest ? &report_.known_tokens : &report_.ids_taken;
    WARDER_TRY(auto const rivals, store_.tokens->list_live(owner.id, record.description, now_));
    if (!rivals.empty()) return &report_.descriptions_taken;
    if (owner.token_count >= max_per_user_) return &report_.too_many;
    return nullptr;
}

Result<void> Importer::bring(ImportedToken const& token, UserRecord& owner) {
    WARDER_TRY(auto const conflict, find_conflict(token.record, owner));
    if (conflict != nullptr) {
        ++*conflict;
        return {};
    }
    auto record = token.record;
    record.owner = owner.id;
    WARDER_TRY_VOID(store_.tokens->insert(record, token.text));
    ++owner.token_count;
    ++report_.added_tokens;
    return note_(audit_action::kTokenImported, record.id.text());
}

}  // namespace

void sort_out_tokens(std::vector<ImportedUser>& users, crypto::KeyRing const& ring, Instant now, ImportReport& report) {
    for (auto& user : users) std::erase_if(user.tokens, [&](ImportedToken& token) { return !sort_out(token, user.record.name, ring, now, report); });
}

void Authority::import_batch(Principal const& principal, std::shared_ptr<std::vector<ImportedUser> const> users, ImportProgress progress,
                             std::size_t most, Done<ImportProgress> done) {
    bool const is_dry_run = progress.is_dry_run;
    auto import = [*this, principal, users = std::move(users), progress = std::move(progress),
                   most](Transaction const& store) -> Result<ImportProgress> {
        auto const note_in_store = [&](std::string_view action, std::string target) { return note(store, principal, action, std::move(target)); };
        Importer importer{store, std::chrono::floor<std::chrono::seconds>(clock_->now()), settings_.max_per_user, note_in_store, progress};
        return importer.bring(*users, most);
    };
    if (!is_dry_run) return run_write<ImportProgress>(*store_, std::move(import), std::move(done));
    auto slot = std::make_shared<std::optional<ImportProgress>>();
    auto dry_run = [slot, import = std::move(import)](Transaction const& store) mutable -> Result<void> {
        WARDER_TRY(auto imported, import(store));
        slot->emplace(std::move(imported));
        return std::unexpected{Error::kBusy};  // an error rolls the transaction back
    };
    store_->write(std::move(dry_run), [slot, done = std::move(done)](Result<void> outcome) mutable {
        if (*slot) return done(std::move(**slot));
        done(std::unexpected{outcome ? Error::kBusy : outcome.error()});
    });
}

void Authority::import_users(Principal const& principal, std::vector<ImportedUser> users, Done<ImportReport> done) {
    import_batch(principal, std::make_shared<std::vector<ImportedUser> const>(std::move(users)), {}, std::numeric_limits<std::size_t>::max(),
                 [done = std::move(done)](Result<ImportProgress> progress) mutable {
                     if (!progress) return done(std::unexpected{progress.error()});
                     done(std::move(progress->report));
                 });
}

}  // namespace warder::authority
