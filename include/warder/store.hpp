// SPDX-License-Identifier: MIT
#pragma once

#include "warder/audit.hpp"
#include "warder/error.hpp"
#include "warder/token.hpp"

#include <chrono>
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
enum class KeyOrigin : std::uint8_t;
}  // namespace warder::crypto
namespace warder::index {
class Freshness;
}
namespace warder::metrics {
class StoreMetrics;
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

/// The users of a store. Changes to records that don't exist do nothing.
class UserStore {
  public:
    virtual Result<std::optional<UserRecord>> find(UserId id) const = 0;
    /// Finds a user by name, ignoring ASCII case.
    virtual Result<std::optional<UserRecord>> find(std::string_view name) const = 0;
    /// Returns all users in the order of their creation.
    virtual Result<std::vector<UserRecord>> list() const = 0;
    /// Returns the first `limit` users in the same order, or those that follow `after`, which must exist. Locks nothing.
    virtual Result<std::vector<UserRecord>> list(std::optional<UserId> after, std::uint32_t limit) const = 0;

    /// Adds a user. The record's `id` and `token_count` are ignored.
    /// @return the new id, which was never used before; `kUserExists` if the name is taken, ignoring ASCII case.
    virtual Result<UserId> insert(UserRecord const& user) = 0;
    /// Replaces the record with the same id, except for its name, its time of creation, `token_count` and the last sign-in.
    /// Deletes those of the user's sessions that began with another password hash.
    virtual Result<void> update(UserRecord const& user) = 0;
    /// Sets the last sign-in, unless one is stored that is less than a minute earlier, or later. Does nothing if the store
    /// doesn't keep them (`StoreCapabilities::keeps_sign_ins`). Change listeners are not notified.
    virtual Result<void> note_sign_in(UserId id, Instant at) = 0;
    /// Deletes the user and all of their tokens and sessions.
    virtual Result<void> erase(UserId id) = 0;

  protected:
    ~UserStore() = default;
};

/// The tokens of a store. Changes to records that don't exist do nothing.
class TokenStore {
  public:
    virtual Result<std::optional<TokenRecord>> find(TokenKey const& key) const = 0;
    /// Finds a token of any user. Takes time proportional to the number of users.
    virtual Result<std::optional<TokenRecord>> find(TokenId const& id) const = 0;
    virtual Result<std::vector<TokenRecord>> list(TokenQuery const& query) const = 0;
    /// Returns the owner's tokens with exactly this description (compared as bytes) that end after `now`.
    virtual Result<std::vector<TokenRecord>> list_live(UserId owner, std::string_view description, Instant now) const = 0;
    /// Returns the token itself; nullopt if it doesn't exist or the store doesn't keep it: see
    /// `StoreCapabilities::keeps_token_texts`.
    virtual Result<std::optional<std::string>> find_text(TokenKey const& key) const {
        static_cast<void>(key);
        return std::optional<std::string>{};
    }
    /// Counts the tokens signed by this key that end after `now`.
    virtual Result<std::int64_t> count_live(std::string_view key_id, Instant now) const = 0;
    /// Counts the renewed tokens whose overlap has ended by `now` and that were not deleted yet.
    virtual Result<std::int64_t> count_replaced(Instant now) const {
        static_cast<void>(now);
        return 0;
    }
    /// Returns the latest `iat` or last use; the epoch if there is none.
    virtual Result<Instant> latest_time() const = 0;

    /// Adds a token.
    /// @param text  the token itself. Only Specter's file keeps it; the record has its digest.
    virtual Result<void> insert(TokenRecord const& token, std::string_view text) = 0;
    /// Replaces the record with the same key, except for what the token itself says (`issued_at`, `expires_at`, digest,
    /// key) and its uses.
    virtual Result<void> update(TokenRecord const& token) = 0;
    /// Adds the uses, unless this batch or a later one of the same run was the last that was stored for the token, and
    /// updates the last use if this one is later. So if the outcome of a commit is unknown, the call can be repeated.
    /// Change listeners are not notified.
    virtual Result<void> add_uses(CountedUses const& uses) = 0;
    virtual Result<void> erase(TokenKey const& key) = 0;
    /// Deletes the tokens that this key signed.
    /// @return how many tokens were deleted.
    virtual Result<std::int64_t> erase_signed_by(std::string_view key_id) = 0;
    /// Deletes all tokens of a user.
    /// @return how many tokens were deleted.
    virtual Result<std::int64_t> erase_all(UserId owner) = 0;
    /// Deletes up to `limit` tokens that expired before `expired_before` or whose overlap ended by `now`.
    /// @return how many tokens were deleted.
    virtual Result<std::int64_t> purge(Instant expired_before, Instant now, std::uint32_t limit) = 0;

  protected:
    ~TokenStore() = default;
};

/// The audit log of a store.
class AuditLog {
  public:
    /// Returns a page of the log. Events added by the same transaction may be missing.
    virtual Result<std::vector<AuditRecord>> list(AuditQuery const& query) const = 0;
    /// Adds an event, in the same commit as the other changes.
    virtual Result<void> append(AuditEvent const& event) = 0;
    /// Deletes about `limit` of the oldest events before `before`; some may remain for a while.
    /// @return how many events were deleted.
    virtual Result<std::int64_t> purge(Instant before, std::uint32_t limit) = 0;

  protected:
    ~AuditLog() = default;
};

/// A signing key as a store that several nodes share keeps it.
struct StoredKey {
    std::string id;
    Instant created_at{};
    crypto::KeyOrigin origin{};
    bool is_everywhere = false;          ///< Whether every live node has it, so that it may sign.
    std::vector<std::uint8_t> sealed{};  ///< Its secret, encrypted with a key that only the nodes have.
};

/// The signing keys of a store that several nodes share.
class KeyStore {
  public:
    /// Returns the keys in the order of their creation.
    virtual Result<std::vector<StoredKey>> list() const = 0;
    /// Adds a key. Unless it is everywhere already, it is as soon as every live node has it.
    virtual Result<void> insert(StoredKey const& key) = 0;
    virtual Result<void> erase(std::string_view id) = 0;
    /// Returns whether a live node still signs with the key, or may be saving a token that it signed.
    virtual Result<bool> is_signing(std::string_view id) const = 0;

  protected:
    ~KeyStore() = default;
};

/// The signing keys that a process can use.
struct KeysInForce {
    std::vector<std::string> ids{};
    std::string signing{};  ///< The id of the one that signs.

    friend bool operator==(KeysInForce const&, KeysInForce const&) = default;
};

/// How far a change has reached the nodes that share a store.
struct Propagation {
    struct Applied {
        std::string node;
        std::chrono::milliseconds after{};  ///< By when it was known, from the beginning of the wait.
    };
    struct Pending {
        std::string node;
        Instant refuses_after{};  ///< By then, the node has applied the change or accepts no tokens.
    };

    bool is_complete = false;  ///< Every live node has applied it. Otherwise `pending` has the other nodes, as far as they are known.
    std::vector<Applied> applied{};
    std::vector<Pending> pending{};
};

/// A time in the life of a session.
using SessionTime = std::chrono::sys_time<std::chrono::milliseconds>;

/// A session of the web UI as a store that several nodes share keeps it. Neither its id nor its CSRF token can be computed
/// from it.
struct StoredSession {
    Digest id_digest{};  ///< SHA-256 of the id, which only the client has.
    UserId user{};
    Digest password_digest{};  ///< SHA-256 of the user's stored password hash at sign-in.
    SessionTime begun_at{};
    SessionTime used_at{};  ///< Of the last use that was stored.
};

/// Which sessions have ended by themselves: those that began by the one time or were last used by the other.
struct EndedSessions {
    SessionTime begun_by{};
    SessionTime used_by{};
};

/// The sessions of a store that several nodes share. Changes to records that don't exist do nothing.
class SessionStore {
  public:
    /// Returns those of the sessions that exist, in any order.
    virtual Result<std::vector<StoredSession>> find(std::span<Digest const> id_digests) const = 0;
    /// Returns the sessions of a user in the order of their sign-ins.
    virtual Result<std::vector<StoredSession>> list(UserId user) const = 0;

    /// Adds a session of a user who exists.
    virtual Result<void> insert(StoredSession const& session) = 0;
    /// Sets the last use if it is later than the stored one. Change listeners are not notified.
    virtual Result<void> note_use(Digest const& id_digest, SessionTime used_at) = 0;
    virtual Result<void> erase(Digest const& id_digest) = 0;
    /// Deletes up to `limit` sessions that have ended by themselves, of one user or of all.
    /// @return how many sessions were deleted.
    virtual Result<std::int64_t> erase_ended(std::optional<UserId> user, EndedSessions const& ended, std::uint32_t limit) = 0;
    /// Deletes all but the newest `kept` sessions, of one user or of all. Some more may remain if other nodes are deleting
    /// some at the same time.
    virtual Result<void> erase_oldest(std::optional<UserId> user, std::uint32_t kept) = 0;

  protected:
    ~SessionStore() = default;
};

/// A view of the store that can be changed: either all changes are made or none. Only the thread that runs the function
/// it was passed to may use it, and only within that function. A test double may leave ports null that it doesn't need.
struct Transaction {
    UserStore* users;
    TokenStore* tokens;
    AuditLog* audit;
    KeyStore* keys = nullptr;          ///< Null if the keys are in a file; see `StoreCapabilities::keeps_keys`.
    SessionStore* sessions = nullptr;  ///< Null if the store has none; see `StoreCapabilities::keeps_sessions`.
};

/// One consistent view of the store, with the same restrictions.
struct Snapshot {
    UserStore const* users;
    TokenStore const* tokens;
    AuditLog const* audit;
    KeyStore const* keys;
    SessionStore const* sessions;

    Snapshot(Transaction const& view) noexcept
        : users{view.users}, tokens{view.tokens}, audit{view.audit}, keys{view.keys}, sessions{view.sessions} {}
};

/// The part of a token that is needed to verify it.
struct LiveToken {
    TokenId id;
    UserId owner{};
    Instant ends_at{};
    Digest digest{};
    bool is_edited = false;
    TokenPolicy policy{};
};

/// The changes that a commit can make. Each holds the state after the commit. `TokenUpserted`, `UserUpserted` and
/// `SessionUpserted` add or replace.
struct TokenUpserted {
    LiveToken token;
};
struct TokenRemoved {
    TokenId id;
};
struct UserUpserted {
    UserRecord user;
};
/// Removes the user and all of their tokens and sessions; no `TokenRemoved` or `SessionRemoved` follows for these.
struct UserRemoved {
    UserId id;
};
struct SessionUpserted {
    StoredSession session;
};
struct SessionRemoved {
    Digest id_digest;
};
/// The complete content follows. Keep the old content in force until `ResetComplete`: a listener that decides requests
/// must not decide them from a part of the content.
struct Reset {};
/// Holds all signing keys of a store that keeps them. Reported before the first token that a new one signed.
struct KeysReplaced {
    std::vector<StoredKey> keys;
};
/// Ends the complete content: everything that was not reported since `Reset` no longer exists. If it never comes,
/// another `Reset` will.
struct ResetComplete {};
using Change =
    std::variant<TokenUpserted, TokenRemoved, UserUpserted, UserRemoved, SessionUpserted, SessionRemoved, KeysReplaced, Reset, ResetComplete>;

/// Receives the changes of every commit, of this process and of others, in the order of the commits. Called by one
/// thread at a time; a user is reported before their tokens and sessions. It must not call the store.
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;
    virtual void on_changes(std::span<Change const> changes) = 0;
    /// Returns the signing keys of `KeysReplaced` that this process can use: it may be unable to decrypt one. A new key signs
    /// nowhere before every node has it. Any thread may call it.
    [[nodiscard]] virtual KeysInForce keys_in_force() const { return {}; }
};

/// What a store can do.
struct StoreCapabilities {
    /// Whether the store supports `add_uses`. If so, every token that it returns has its `usage`; if not, none has, and
    /// `add_uses` fails with `kNotSupportedByStore`.
    bool keeps_uses = false;
    bool keeps_keys = false;                ///< Whether the store also has the signing keys.
    bool keeps_sessions = false;            ///< Whether the store also has the sessions of the web UI, for all nodes.
    bool keeps_sign_ins = true;             ///< Whether users have the time of their last sign-in.
    bool keeps_ceilings = true;             ///< Whether users may have ceilings.
    bool keeps_service_accounts = true;     ///< Whether users may be without a password.
    bool keeps_overlaps = true;             ///< Whether a renewed token may have a `succession`.
    bool keeps_token_texts = false;         ///< Whether the store keeps the tokens themselves, so that `insert` needs the text.
    bool writes_whole_content = false;      ///< Each commit rewrites the complete content, which makes many small commits expensive.
    crypto::HashKind password_hash_kind{};  ///< The kind of hash that new passwords must have. Default: Argon2id.
};

/// A store. Any thread may call any method. Except where noted, none blocks longer than it takes to queue the request.
class Store {
  public:
    using Work = std::move_only_function<Result<void>(Transaction const&)>;
    using Query = std::move_only_function<Result<void>(Snapshot const&)>;

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

    /// What the work of a write is going to read.
    struct ExpectedReads {
        UserId user{};            ///< Passed to `UserStore::find` and `TokenStore::list_live`.
        std::string description;  ///< Passed to `TokenStore::list_live`.
    };
    /// Does the same. A store that is far away can read what many requests need at once. The work may read something else.
    virtual void write(Work work, ExpectedReads const& reads, Done<void> done) {
        static_cast<void>(reads);
        write(std::move(work), std::move(done));
    }

    /// Runs `query` on a view that contains every write that was acknowledged before the call. It may run more than once.
    virtual void read(Query query, Done<void> done) = 0;

    /// Calls `done` after the listener has seen everything that any process committed before the call.
    virtual void refresh(Done<void> done) = 0;

    /// Calls `done` as soon as every live node has applied every write that was acknowledged before the call or, with what is
    /// known then, after `limit`. Never fails because of the store. Of a local store, this process is the only node.
    virtual void await_propagation(std::chrono::milliseconds limit, Done<Propagation> done) {
        static_cast<void>(limit);
        done(Propagation{.is_complete = true});
    }
    /// Lets all calls of `await_propagation` end now, and later ones at once. For a server that stops.
    virtual void end_waits() noexcept {}
    /// Rejects the queries of `read` that wait, and all later ones, with `kStoreUnavailable`, and ends those that run, if they
    /// could take long. For a server that has stopped waiting for its requests.
    virtual void end_reads() noexcept {}

    /// Returns false while the files of the store are replaced, moved, deleted or damaged; writes fail then. About a store
    /// without files, see `freshness`.
    [[nodiscard]] virtual bool is_available() const noexcept { return true; }
    [[nodiscard]] virtual StoreCapabilities capabilities() const noexcept { return {}; }
    /// Returns what the store counts; null: nothing.
    [[nodiscard]] virtual metrics::StoreMetrics const* metrics() const noexcept { return nullptr; }
    /// Returns since when the listener has seen everything that any node committed. Null: the store is local, so a listener
    /// is always current.
    [[nodiscard]] virtual index::Freshness const* freshness() const noexcept { return nullptr; }
};

}  // namespace warder::authority
