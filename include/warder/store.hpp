// SPDX-License-Identifier: MIT
#pragma once

#include "warder/audit.hpp"
#include "warder/error.hpp"
#include "warder/token.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warder::crypto {
enum class HashKind;
}

/// The port to durable users and tokens. The business rules are in `Authority`, which runs them in a `Transaction`; a
/// store only keeps records, finds them, makes them durable, and reports changes.
namespace warder::authority {

/// Selects the tokens of a list: oldest first, in the order in which they were minted.
struct TokenQuery {
    std::optional<UserId> owner;   ///< Default: the tokens of all users.
    std::optional<TokenId> after;  ///< Starts after this token; `kUnknownCursor` if the list without a limit doesn't contain it.
    std::optional<std::uint32_t> limit;
    Instant now{};  ///< Renewed tokens whose overlap has ended by then are omitted.
};

/// Uses of a token that one process counted.
struct CountedUses {
    TokenKey key;
    std::int64_t run = 0;    ///< Identifies one run of that process. Unpredictable, so that no two runs share a value.
    std::int64_t batch = 0;  ///< Numbers the run's batches of uses from 1.
    std::int64_t count = 0;
    Instant last_at{};
    IpAddress last_from{};
};

/// One consistent view of the store. Only the thread that runs the function it was passed to may use it, and only
/// within that function.
class Snapshot {
  public:
    virtual ~Snapshot() = default;

    virtual Result<std::optional<UserRecord>> user(UserId id) = 0;
    /// Finds a user by name, ignoring ASCII case.
    virtual Result<std::optional<UserRecord>> user_named(std::string_view name) = 0;
    /// Returns all users in the order of their creation.
    virtual Result<std::vector<UserRecord>> users() = 0;
    virtual Result<std::int64_t> count_admins() = 0;

    virtual Result<std::optional<TokenRecord>> token(TokenKey const& key) = 0;
    /// Finds a token of any user. Takes time proportional to the number of users.
    virtual Result<std::optional<TokenRecord>> find_token(TokenId const& id) = 0;
    virtual Result<std::vector<TokenRecord>> tokens(TokenQuery const& query) = 0;
    /// Returns the owner's tokens with exactly this description (compared as bytes) that end after `now`.
    virtual Result<std::vector<TokenRecord>> live_tokens_described(UserId owner, std::string_view description, Instant now) = 0;
    /// Counts the tokens signed by this key that end after `now`.
    virtual Result<std::int64_t> count_live_signed_by(std::string_view key_id, Instant now) = 0;

    /// Returns the latest time in the store: of a token's `iat`, a last use, the creation of a user, or an audit event.
    /// The epoch if there is none.
    virtual Result<Instant> latest_time() = 0;

    /// Returns a part of the audit log. Events added by the same transaction may be missing.
    virtual Result<std::vector<AuditRecord>> audit_events(AuditQuery const& query) = 0;
};

/// A view that can also be changed. Either all changes are made or none. Changes to records that don't exist do
/// nothing.
class Transaction : public Snapshot {
  public:
    /// Adds a user. The record's `id` and `token_count` are ignored.
    /// @return the new id, which was never used before; `kUserExists` if the name is taken, ignoring ASCII case.
    virtual Result<UserId> insert_user(UserRecord const& user) = 0;
    virtual Result<void> set_admin(UserId id, bool is_admin) = 0;
    /// Null removes the ceiling.
    virtual Result<void> set_ceiling(UserId id, Grants const& ceiling) = 0;
    virtual Result<void> set_password_hash(UserId id, std::string_view password_hash) = 0;
    /// Deletes the user and all of their tokens.
    virtual Result<void> delete_user(UserId id) = 0;

    /// Adds a token.
    /// @param text  the token itself. Only Specter's file keeps it; the record has its digest.
    virtual Result<void> insert_token(TokenRecord const& token, std::string_view text) = 0;
    /// Sets the description and marks the token as edited.
    virtual Result<void> set_description(TokenKey const& key, std::string_view description) = 0;
    /// Null removes the token's grants.
    virtual Result<void> set_endpoints(TokenKey const& key, Grants const& endpoints) = 0;
    virtual Result<void> set_succession(TokenKey const& key, TokenRecord::Succession const& succession) = 0;
    /// Adds the uses, unless this batch or a later one of the same run was the last that was stored for the token, and
    /// updates the last use if this one is later. So if the outcome of a commit is unknown, the call can be repeated.
    /// Change listeners are not notified.
    virtual Result<void> add_uses(CountedUses const& uses) = 0;
    virtual Result<void> delete_token(TokenKey const& key) = 0;
    /// Deletes the tokens that this key signed.
    /// @return how many tokens were deleted.
    virtual Result<std::int64_t> delete_signed_by(std::string_view key_id) = 0;
    /// Deletes up to `limit` tokens that expired before `expired_before` or whose overlap ended by `now`.
    /// @return how many tokens were deleted.
    virtual Result<std::int64_t> purge(Instant expired_before, Instant now, std::uint32_t limit) = 0;

    /// Adds an event to the audit log, in the same commit as the other changes.
    virtual Result<void> add_audit_event(AuditEvent const& event) = 0;
    /// Deletes about `limit` of the oldest events before `before`; some may remain for a while.
    /// @return how many events were deleted.
    virtual Result<std::int64_t> purge_audit(Instant before, std::uint32_t limit) = 0;
};

/// The part of a token that is needed to verify it.
struct LiveToken {
    TokenId id;
    UserId owner{};
    Instant ends_at{};
    Digest digest{};
    bool is_edited = false;
    Grants endpoints{};
};

/// The changes that a commit can make. Each holds the state after the commit. `TokenUpserted` and `UserUpserted` add or
/// replace.
struct TokenUpserted {
    LiveToken token;
};
struct TokenRemoved {
    TokenId id;
};
struct UserUpserted {
    UserRecord user;
};
/// Removes the user and all of their tokens; no `TokenRemoved` follows for these.
struct UserRemoved {
    UserId id;
};
/// The complete content follows. Keep the old content in force until `ResetComplete`: a listener that decides requests
/// must not decide them from a part of the content.
struct Reset {};
/// Ends the complete content: everything that was not reported since `Reset` no longer exists. If it never comes,
/// another `Reset` will.
struct ResetComplete {};
using Change = std::variant<TokenUpserted, TokenRemoved, UserUpserted, UserRemoved, Reset, ResetComplete>;

/// Receives the changes of every commit, of this process and of others, in the order of the commits. Called by one
/// thread at a time; a user is reported before their tokens. It must not call the store.
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;
    virtual void on_changes(std::span<Change const> changes) = 0;
};

/// What a store can do.
struct StoreCapabilities {
    /// Whether the store supports `add_uses`. If so, every token that it returns has its `usage`; if not, none has, and
    /// `add_uses` fails with `kNotSupportedByStore`.
    bool keeps_uses = false;
    bool writes_whole_content = false;      ///< Each commit rewrites the complete content, which makes many small commits expensive.
    crypto::HashKind password_hash_kind{};  ///< The kind of hash that new passwords must have. Default: Argon2id.
};

/// A store. Any thread may call any method. Except where noted, none blocks longer than it takes to queue the request.
class Store {
  public:
    using Work = std::move_only_function<Result<void>(Transaction&)>;
    using Query = std::move_only_function<Result<void>(Snapshot&)>;

    /// Stops the store. Queued requests are completed or fail with `kStoreUnavailable` before it returns.
    virtual ~Store() = default;

    /// Reports the complete content to the listener, and every change from then on. Call it once, before any write.
    /// Blocks.
    virtual Result<void> attach(ChangeListener& listener) = 0;

    /// Runs `work` in a transaction and calls `done` after the commit is durable and the listener has seen it. If
    /// `work` returns an error, the transaction is rolled back and `done` gets that error. Concurrent requests may
    /// share one commit, and `work` may run more than once, so it must change nothing but the transaction and the
    /// result that it captured.
    virtual void write(Work work, Done<void> done) = 0;

    /// Runs `query` on a view that contains every write that was acknowledged before the call.
    virtual void read(Query query, Done<void> done) = 0;

    /// Calls `done` after the listener has seen everything that any process committed before the call.
    virtual void refresh(Done<void> done) = 0;

    /// Returns false while the files of the store are replaced, moved, deleted or damaged; writes fail then.
    [[nodiscard]] virtual bool is_available() const noexcept { return true; }
    [[nodiscard]] virtual StoreCapabilities capabilities() const noexcept { return {}; }
};

}  // namespace warder::authority
