// SPDX-License-Identifier: MIT
#include "authority/import.hpp"

#include "authority/run.hpp"
#include "core/base64url.hpp"
#include "core/claims.hpp"
#include "core/jws.hpp"
#include "core/rules.hpp"
#include "warder/authority.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <set>
#include <utility>

namespace warder::authority {
namespace {

using Scratch = std::array<char, core::kMaxTokenText>;

/// The key under which the token's signature holds; nullptr without one.
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

/// Whether it stays; it is counted if it doesn't.
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
    if (core::judge_description(token.record.description)) return leave_out(report.refused_descriptions);
    token.record.key_id = signer->id;
    return true;
}

/// Brings users and their tokens into one transaction.
class Importer {
  public:
    using Note = std::function<Result<void>(std::string_view action, std::string target)>;

    /// @param note  adds to the audit log.
    Importer(Transaction& store, Instant now, std::int64_t max_per_user, Note note)
        : store_{&store}, now_{now}, max_per_user_{max_per_user}, note_{std::move(note)} {}

    Result<void> bring(ImportedUser const& user);
    ImportReport report;

  private:
    Result<std::optional<UserRecord>> find_or_add(UserRecord const& wanted);
    Result<void> bring(ImportedToken const& token, UserRecord& owner);
    Result<std::int64_t*> find_hindrance(TokenRecord const& record, UserRecord const& owner);

    Transaction* store_;
    Instant now_;
    std::int64_t max_per_user_;
    Note note_;
    std::set<std::string> seen_;  // names, folded
};

/// nullopt for one who is left out.
Result<std::optional<UserRecord>> Importer::find_or_add(UserRecord const& wanted) {
    if (!core::is_user_name(wanted.name)) {
        ++report.refused_names;
        return std::optional<UserRecord>{};
    }
    auto present = store_->user_named(wanted.name);
    if (!present) return present;
    bool const is_first = seen_.insert(core::fold_name(wanted.name)).second;
    if (*present) {
        bool const is_same = is_first && (*present)->name == wanted.name;
        ++(is_same ? report.known_users : report.names_taken);
        return is_same ? *present : std::nullopt;
    }
    auto user = wanted;
    if (user.created_at == Instant{}) user.created_at = now_;
    auto const id = store_->insert_user(user);
    if (!id) return std::unexpected{id.error()};
    user.id = *id;
    user.token_count = 0;
    if (auto noted = note_(audit_action::kUserImported, user.name); !noted) return std::unexpected{noted.error()};
    report.added_users.push_back(user.name);
    return std::optional{std::move(user)};
}

Result<void> Importer::bring(ImportedUser const& user) {
    auto owner = find_or_add(user.record);
    if (!owner) return std::unexpected{owner.error()};
    if (!*owner) {
        report.tokens_of_left_out += static_cast<std::int64_t>(user.tokens.size());
        return {};
    }
    for (auto const& token : user.tokens)
        if (auto brought = bring(token, **owner); !brought) return brought;
    return {};
}

/// What keeps a token out, as its count; nullptr if nothing does.
Result<std::int64_t*> Importer::find_hindrance(TokenRecord const& record, UserRecord const& owner) {
    auto const present = store_->anybodys_token(record.id);
    if (!present) return std::unexpected{present.error()};
    if (*present) return (*present)->owner == owner.id && (*present)->digest == record.digest ? &report.known_tokens : &report.ids_taken;
    auto const rivals = store_->live_tokens_described(owner.id, record.description, now_);
    if (!rivals) return std::unexpected{rivals.error()};
    if (!rivals->empty()) return &report.descriptions_taken;
    if (owner.token_count >= max_per_user_) return &report.too_many;
    return nullptr;
}

Result<void> Importer::bring(ImportedToken const& token, UserRecord& owner) {
    auto const hindrance = find_hindrance(token.record, owner);
    if (!hindrance) return std::unexpected{hindrance.error()};
    if (*hindrance != nullptr) {
        ++**hindrance;
        return {};
    }
    auto record = token.record;
    record.owner = owner.id;
    if (auto inserted = store_->insert_token(record, token.text); !inserted) return inserted;
    ++owner.token_count;
    ++report.added_tokens;
    return note_(audit_action::kTokenImported, record.id.text());
}

}  // namespace

void sort_out_tokens(std::vector<ImportedUser>& users, crypto::KeyRing const& ring, Instant now, ImportReport& report) {
    for (auto& user : users) std::erase_if(user.tokens, [&](ImportedToken& token) { return !sort_out(token, user.record.name, ring, now, report); });
}

void Authority::import_users(Caller const& caller, std::vector<ImportedUser> users, Done<ImportReport> done) {
    auto import = [*this, caller, users = std::move(users)](Transaction& store) -> Result<ImportReport> {
        auto const note_in_store = [&](std::string_view action, std::string target) { return note(store, caller, action, std::move(target)); };
        Importer importer{store, std::chrono::floor<std::chrono::seconds>(clock_->now()), settings_.max_per_user, note_in_store};
        for (auto const& user : users)
            if (auto brought = importer.bring(user); !brought) return std::unexpected{brought.error()};
        return std::move(importer.report);
    };
    run_write<ImportReport>(*store_, std::move(import), std::move(done));
}

}  // namespace warder::authority
