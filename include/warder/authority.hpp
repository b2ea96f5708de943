// SPDX-License-Identifier: MIT
#pragma once

#include "warder/audit.hpp"
#include "warder/duration.hpp"
#include "warder/error.hpp"
#include "warder/store.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace warder::index {
class Freshness;
class KeyRingHandle;
}  // namespace warder::index

namespace warder::metrics {
class StoreMetrics;
struct TokenMetrics;
}  // namespace warder::metrics

namespace warder {
class Clock;
class Random;
}  // namespace warder

namespace warder::authority {

class AuditBounds;  // internal
struct ImportedUser;
struct ImportProgress;
struct ImportReport;
class UsageMeter;  // internal
struct UnsavedUses;

/// Whose rights a use case runs with: a user authenticated by a password, or the operator of the machine.
struct Principal {
    UserId id{};
    std::string name;  ///< As stored. Written to the audit log.
    bool is_admin = false;
    bool is_operator = false;              ///< The command line, which may do for any user what only that user may do over HTTP.
    std::optional<std::string> address{};  ///< Client address for the audit log; nullopt if the call didn't come over a network.

    /// Returns the operator, who uses the command line on the machine that holds the store.
    /// @param account  name of the operator's operating-system account.
    static Principal local_operator(std::string_view account) {
        return {.id = {}, .name = std::string{"local:"}.append(account), .is_admin = true, .is_operator = true};
    }
};

/// The properties of a token to mint.
struct MintRequest {
    std::string description;
    Seconds lifetime{};
    TokenPolicy policy{};  ///< What limits it beyond its expiry.
};

/// The fields to change; fields without a value stay as they are.
struct TokenEdit {
    std::optional<std::string> description;
    PolicyEdit policy{};
};

/// The properties of a user to add.
struct NewUser {
    std::string name;
    std::string password_hash;  ///< Made by `PasswordHasher`; empty for a service account.
    bool is_admin = false;
    Grants ceiling{};  ///< Null: no ceiling.
};

/// The fields to change; fields without a value stay as they are.
struct UserEdit {
    std::optional<bool> is_admin;
    std::optional<Grants> ceiling{};  ///< Null removes the ceiling.
};

/// How to renew a token.
struct RenewRequest {
    std::optional<Seconds> lifetime;  ///< Default: the lifetime that the old token was minted with.
    std::optional<Seconds> overlap;   ///< Default: the old token is revoked immediately.
};

/// A new token. Only the response to this request has its text; the store keeps a digest.
struct MintedToken {
    std::string text;
    TokenRecord record;
};

/// A token and the name of its owner.
struct OwnedToken {
    TokenRecord record;
    std::string owner_name;
};

/// Whose tokens a list contains.
struct Self {};
struct AllUsers {};
using OwnerFilter = std::variant<Self, std::string, AllUsers>;  ///< A string is a user's name.

/// Selects the tokens of a page.
struct ListRequest {
    OwnerFilter owner = Self{};
    std::optional<TokenId> after;        ///< Starts after this token; `kUnknownCursor` if it is not in the list.
    std::optional<std::uint32_t> limit;  ///< Default: no limit.
};

/// How many tokens, audit events and sessions a purge deleted because they were too old.
struct PurgeCounts {
    std::int64_t tokens = 0;
    std::int64_t events = 0;
    std::int64_t sessions = 0;
};

/// A page of a list of tokens.
struct TokenPage {
    std::vector<OwnedToken> tokens;
    bool has_more = false;  ///< More tokens follow; always false if the request had no limit.
};

/// A page of the list of users.
struct UserPage {
    std::vector<UserRecord> users;
    bool has_more = false;  ///< More users follow.
};

/// The use cases: what users and administrators do with tokens and users.
///
/// Validates the input, applies the rules in a transaction of the store, and reports success after the change is
/// durable and every verifier of this process has seen it. Each change is written to the audit log in the same commit;
/// if the log can't be written, the change fails.
///
/// Any thread may call any method, and none blocks. Each calls its `Done` exactly once, from the store's thread or
/// before the method returns. The object may be destroyed while requests are pending, but the store, the keys, the
/// clock and the source of randomness must outlive them.
class Authority {
  public:
    /// Which sessions of the web UI are purged that a store keeps.
    struct SessionRetention {
        std::chrono::milliseconds idle{};      ///< After the last use that was stored.
        std::chrono::milliseconds absolute{};  ///< After sign-in.
        std::uint32_t most = 0;                ///< Beyond this number, the oldest.
    };
    struct Settings {
        Seconds max_lifetime{std::chrono::hours{24 * 3650}};
        Seconds keep_expired{std::chrono::hours{24 * 30}};
        std::int64_t max_per_user = 10'000;  ///< Registered tokens, including expired ones until they are purged.
        Seconds keep_audit{std::chrono::hours{24 * 400}};
        std::optional<SessionRetention> purges_sessions{};  ///< Default: never.
    };

    /// @param usage  adds the uses counted by this process to those in the store; null: only stored uses are reported.
    /// @param metrics  counts tokens that are minted and revoked; null: nobody does.
    Authority(Store& store, index::KeyRingHandle const& keys, Clock& clock, Random& random, Settings settings, UsageMeter* usage = nullptr,
              metrics::TokenMetrics* metrics = nullptr)
        : store_{&store}, keys_{&keys}, clock_{&clock}, random_{&random}, settings_{settings}, usage_{usage}, metrics_{metrics} {}

    /// Enables the limits that a server needs because many users share its audit log: after 60 events of one actor
    /// within a minute, repeated events are summed up (see `write_summed_events`), and the number of changes by users
    /// who are not administrators is limited (`kTooManyChanges`). The operator is exempt.
    void bound_audit_log();

    /// Mints a token for the principal. `mint_for` mints one for the named user, and fails with `kForbidden` unless the
    /// principal is an administrator.
    void mint(Principal const& principal, MintRequest request, Done<MintedToken> done);
    void mint_for(Principal const& principal, std::string owner_name, MintRequest request, Done<MintedToken> done);
    /// Lists tokens, oldest first. Fails with `kForbidden` if a principal who is not an administrator asks for another
    /// user's tokens.
    void list(Principal const& principal, ListRequest request, Done<TokenPage> done);
    /// Returns a token. Fails with `kTokenNotFound` if the token is unknown, if a renewal has ended it, or if it
    /// belongs to another user and the principal is not an administrator. The same holds for the three functions below.
    void show(Principal const& principal, TokenId const& id, Done<OwnedToken> done);
    /// Changes a token. An edit without any field returns the token, as `show` does.
    void edit(Principal const& principal, TokenId const& id, TokenEdit edit, Done<OwnedToken> done);
    /// Deletes a token; verifiers reject it from now on.
    void revoke(Principal const& principal, TokenId const& id, Done<void> done);
    /// Deletes all tokens of a user, in one transaction with one audit event. Fails with `kForbidden` if a principal who
    /// is not an administrator names another user.
    /// @return how many tokens were deleted, including expired ones.
    void revoke_all(Principal const& principal, std::string owner_name, Done<std::int64_t> done);
    /// Replaces a token by a new one with the same description and policy. Only the token's owner and the operator may
    /// do this: an administrator who tries to renew another user's token gets `kForbidden`, except for those of a service
    /// account. A token that was already renewed gives `kAlreadyRenewed` during the overlap.
    void renew(Principal const& principal, TokenId const& id, RenewRequest request, Done<MintedToken> done);

    // Users. The functions below don't check whether the principal is an administrator; their callers must.

    /// Adds a user. Also creates the first user of an empty store. Fails with `kServiceAccountAsAdmin` if an administrator
    /// would have no password, and with `kNotSupportedByStore` if the store keeps no service accounts.
    void add_user(Principal const& principal, NewUser user, Done<UserRecord> done);
    /// Returns all users in the order of their creation.
    void list_users(Done<std::vector<UserRecord>> done);
    /// Returns the first `limit` users, or those that follow the user `after`; `kUnknownCursor` if there is no such user.
    void page_users(std::optional<std::string> after, std::uint32_t limit, Done<UserPage> done);
    /// Returns a user, whose name is compared ignoring ASCII case; `kUserNotFound` if there is none.
    void show_user(std::string name, Done<UserRecord> done);
    /// Changes a user. An edit without any field returns the user, as `show_user` does. Fails with `kLastAdmin` if no
    /// administrator would be left, and with `kServiceAccountAsAdmin` if one would have no password.
    void edit_user(Principal const& principal, std::string name, UserEdit edit, Done<UserRecord> done);
    /// Replaces a user's password hash, which must come from `PasswordHasher`. The user's tokens stay valid. A service
    /// account becomes an ordinary user.
    void set_password(Principal const& principal, std::string name, std::string password_hash, Done<void> done);
    /// Replaces the password hash if it still equals `old_hash`, and does nothing otherwise. Used to upgrade hashes at
    /// sign-in, which must not undo a concurrent change of the password.
    void upgrade_password_hash(UserId id, std::string old_hash, std::string new_hash, Done<void> done);
    /// Deletes a user and all of their tokens. Fails with `kLastAdmin` if the user is the last administrator.
    void remove_user(Principal const& principal, std::string name, Done<void> done);

    /// Counts the active tokens that a key signed.
    void count_signed_by(std::string key_id, Done<std::int64_t> done);
    /// Deletes all tokens that a key signed.
    /// @return how many tokens were deleted.
    void revoke_signed_by(Principal const& principal, std::string key_id, Done<std::int64_t> done);

    /// Adds users of another program and their tokens in one transaction. Existing users and tokens stay as they are;
    /// an existing user only gains tokens.
    void import_users(Principal const& principal, std::vector<ImportedUser> users, Done<ImportReport> done);
    /// Imports one batch, as `import_users` does. Each batch is its own transaction, so that other writes can run
    /// between batches.
    /// @param progress  default-constructed for the first batch; then the result of the previous batch, until its
    /// `is_done` is true.
    /// @param most  maximum number of users and tokens in this batch.
    void import_batch(Principal const& principal, std::shared_ptr<std::vector<ImportedUser> const> users, ImportProgress progress, std::size_t most,
                      Done<ImportProgress> done);

    /// Adds an audit event for a change of the signing keys. Call it before making the change: keys are not in the
    /// store, and this way no change goes unlogged.
    void announce_key_change(Principal const& principal, std::string_view action, std::string key_id, Done<void> done);
    /// Adds a signing key to a store that keeps them, with the audit event.
    void add_shared_key(Principal const& principal, StoredKey key, std::string_view action, Done<void> done);
    /// Removes a signing key from a store that keeps them, with the audit event. Fails with `kUnknownKey`, with
    /// `kKeyIsSigning` if it is the newest that may sign, or with `kKeySignsElsewhere` if a node has not learned yet of the
    /// newer one.
    /// @param revokes_tokens  also deletes the tokens that it signed. Otherwise the key stays if there are active ones.
    /// @return the number of active tokens because of which the key was not removed.
    void remove_shared_key(Principal const& principal, std::string key_id, bool revokes_tokens, Done<std::int64_t> done);

    /// Makes a change of what the authority doesn't manage itself, such as sessions, and adds its audit event in the same commit.
    /// @param change  returns whether it changed anything: otherwise, there is no event. Like the work of a store, it may run
    /// more than once.
    /// @return what `change` returned.
    using OtherChange = std::move_only_function<Result<bool>(Transaction const&)>;
    void change_audited(Principal const& principal, std::string_view action, std::string target, OtherChange change, Done<bool> done);
    /// Adds events that belong to no other change, such as sign-ins.
    void add_audit_events(std::vector<AuditEvent> events, Done<void> done);
    /// A sign-in of a user.
    struct SignInTime {
        UserId user{};
        Instant at{};
    };
    /// Adds the events of sign-ins and notes, in the same commit, when the users signed in.
    void add_sign_ins(std::vector<AuditEvent> events, std::vector<SignInTime> times, Done<void> done);
    /// Writes the summed-up events of the minutes that are over, or all of them. Sums that can't be written are kept
    /// for the next call. Calls `done` once the sums are in the log or writing them has failed.
    void write_summed_events(bool all, Done<void> done);
    /// Returns a page of the audit log, newest events first.
    void list_audit_events(AuditQuery query, Done<AuditPage> done);

    /// Deletes a batch of tokens that expired long ago and of audit events and sessions that are too old (see `Settings`). Call it
    /// again soon until it deletes nothing.
    /// @param now  a time that the caller has confirmed. Deletion can't be undone, and the clock may have been set
    /// wrong.
    void purge(Instant now, Done<PurgeCounts> done);
    /// Returns the latest time in the store: of a token's `iat`, a last use, the creation of a user, or an audit event. The
    /// epoch if there is none.
    void latest_time(Done<Instant> done);

    /// See `Store::await_propagation`.
    void await_propagation(std::chrono::milliseconds limit, Done<Propagation> done) { store_->await_propagation(limit, std::move(done)); }

    /// See `Store::is_available` and `StoreCapabilities`.
    [[nodiscard]] bool is_store_available() const noexcept { return store_->is_available(); }
    [[nodiscard]] bool writes_whole_content() const noexcept { return store_->capabilities().writes_whole_content; }
    [[nodiscard]] bool keeps_uses() const noexcept { return store_->capabilities().keeps_uses; }

    /// Returns what the store counts; null: nothing.
    [[nodiscard]] metrics::StoreMetrics const* store_metrics() const noexcept { return store_->metrics(); }
    /// Returns since when the store has reported everything that was committed; null: it always has. Internal.
    [[nodiscard]] index::Freshness const* freshness() const noexcept { return store_->freshness(); }
    /// Returns how many tokens were minted and revoked; null: nobody counts.
    [[nodiscard]] metrics::TokenMetrics const* token_metrics() const noexcept { return metrics_; }

    [[nodiscard]] Settings const& settings() const noexcept { return settings_; }

  private:
    [[nodiscard]] std::shared_ptr<UnsavedUses const> unsaved_uses() const;
    [[nodiscard]] OwnedToken with_uses(OwnedToken token, std::shared_ptr<UnsavedUses const> const& unsaved) const;
    void mint_owned(Principal const& principal, std::move_only_function<Result<UserRecord>(Snapshot const&)> find_owner, MintRequest request,
                    std::optional<Store::ExpectedReads> const& reads, Done<MintedToken> done);
    Result<void> note(Transaction const& store, Principal const& principal, std::string_view action, std::string target) const;
    /// The audit event of a request if it is to be summed up instead of being written in the request's transaction.
    using SummedEvent = std::shared_ptr<std::optional<AuditEvent>>;
    Result<void> note_or_sum_up(Transaction const& store, Principal const& principal, std::string_view action, std::string target,
                                SummedEvent const& summed) const;
    /// Wraps `done` so that the summed-up event, if there is one, is counted after the request succeeds.
    template <class T>
    [[nodiscard]] Done<T> count(SummedEvent summed, Done<T> done) const;
    /// How many tokens a transaction ended, if it commits.
    using EndedCount = std::shared_ptr<std::int64_t>;
    /// Wraps `done` so that tokens that were minted and ended are counted after the request succeeds.
    template <class T>
    [[nodiscard]] Done<T> count_tokens(std::int64_t minted, EndedCount ended, Done<T> done) const;
    [[nodiscard]] bool admits_change(Principal const& principal) const;

    Store* store_;
    index::KeyRingHandle const* keys_;
    Clock* clock_;
    Random* random_;
    Settings settings_;
    UsageMeter* usage_;
    metrics::TokenMetrics* metrics_;
    std::shared_ptr<AuditBounds> bounds_;  ///< Null: no limits.
};

}  // namespace warder::authority
