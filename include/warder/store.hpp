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

/// The port behind which users and tokens are kept. Business rules live in `Authority`, which runs them inside a
/// `Transaction`; a store only keeps, finds, makes durable, and tells what changed.
namespace warder::authority {

/// Which tokens a list shows; oldest first, in the order of minting.
struct TokenQuery {
    std::optional<UserId> owner;   ///< Without one: everybody's.
    std::optional<TokenId> after;  ///< Starts behind this token; `kUnknownCursor` if it is not in the list without a limit.
    std::optional<std::uint32_t> limit;
    Instant now{};  ///< Renewed tokens whose overlap has ended by then are left out.
};

/// What a process has counted of a token's uses.
struct CountedUses {
    TokenKey key;
    std::int64_t run = 0;      ///< Names the life of that process; unpredictable, so that no two are alike.
    std::int64_t counted = 0;  ///< Since it began to count this token's.
    std::int64_t saved = 0;    ///< How many of these it knows to be in the store already.
    Instant last_at{};
    IpAddress last_from{};
};

/// One consistent view of the store. Used by one thread, inside the function it was handed to.
class Snapshot {
  public:
    virtual ~Snapshot() = default;

    virtual Result<std::optional<UserRecord>> user(UserId id) = 0;
    /// Finds ignoring ASCII case.
    virtual Result<std::optional<UserRecord>> user_named(std::string_view name) = 0;
    /// All users, in the order of their making.
    virtual Result<std::vector<UserRecord>> users() = 0;
    virtual Result<std::int64_t> count_admins() = 0;

    virtual Result<std::optional<TokenRecord>> token(TokenKey const& key) = 0;
    /// Whoever's it is; takes time in proportion to the number of users.
    virtual Result<std::optional<TokenRecord>> anybodys_token(TokenId const& id) = 0;
    virtual Result<std::vector<TokenRecord>> tokens(TokenQuery const& query) = 0;
    /// The owner's tokens with exactly this description (bytes compared) that end after `now`.
    virtual Result<std::vector<TokenRecord>> live_tokens_described(UserId owner, std::string_view description, Instant now) = 0;
    /// How many tokens signed by this key end after `now`.
    virtual Result<std::int64_t> count_live_signed_by(std::string_view key_id, Instant now) = 0;

    /// The latest time that anything in the store has: a token's `iat`, a last use, the making of a user, an audit event. The epoch if there is none.
    virtual Result<Instant> latest_time() = 0;

    /// The audit log. What the same transaction has added may be missing.
    virtual Result<std::vector<AuditRecord>> audit_events(AuditQuery const& query) = 0;
};

/// A view that may also change; all of it happens, or nothing. Writes that name what is not there change nothing.
class Transaction : public Snapshot {
  public:
    /// @return the id, never used before; `kUserExists` if the name is taken, ignoring ASCII case.
    /// The record's id and count of tokens are not read.
    virtual Result<UserId> insert_user(UserRecord const& user) = 0;
    virtual Result<void> set_admin(UserId id, bool is_admin) = 0;
    /// Null lifts it.
    virtual Result<void> set_ceiling(UserId id, Grants const& ceiling) = 0;
    virtual Result<void> set_password_hash(UserId id, std::string_view password_hash) = 0;
    /// Deletes the user and all of their tokens.
    virtual Result<void> delete_user(UserId id) = 0;

    /// @param text  the token itself, whose digest the record has: only Specter's file keeps it.
    virtual Result<void> insert_token(TokenRecord const& token, std::string_view text) = 0;
    /// Sets the description and marks the token as edited.
    virtual Result<void> set_description(TokenKey const& key, std::string_view description) = 0;
    /// Null lifts the limit.
    virtual Result<void> set_endpoints(TokenKey const& key, Grants const& endpoints) = 0;
    virtual Result<void> set_succession(TokenKey const& key, TokenRecord::Succession const& succession) = 0;
    /// Adds the uses that the token's count doesn't have yet, and moves the last one on if this one is later. To tell the same again changes
    /// nothing, so whoever doesn't know whether a commit held asks once more. It is no change that the listener hears of.
    virtual Result<void> add_uses(CountedUses const& uses) = 0;
    virtual Result<void> delete_token(TokenKey const& key) = 0;
    /// Deletes the tokens that this key signed. @return how many.
    virtual Result<std::int64_t> delete_signed_by(std::string_view key_id) = 0;
    /// Deletes up to `limit` tokens that expired before `expired_before`, or whose overlap ended by `now`. @return how many.
    virtual Result<std::int64_t> purge(Instant expired_before, Instant now, std::uint32_t limit) = 0;

    /// Adds to the audit log, in the same commit as the rest.
    virtual Result<void> add_audit_event(AuditEvent const& event) = 0;
    /// Deletes of the oldest events those from before `before`, about `limit` of them; some may stay for a while. @return how many are gone.
    virtual Result<std::int64_t> purge_audit(Instant before, std::uint32_t limit) = 0;
};

/// What the bearer path must know of a token.
struct LiveToken {
    TokenId id;
    UserId owner{};
    Instant ends_at{};
    Digest digest{};
    bool is_edited = false;
    Grants endpoints{};
};

/// What a commit changed: the state after it. `TokenUpserted` and `UserUpserted` both add and replace.
struct TokenUpserted {
    LiveToken token;
};
struct TokenRemoved {
    TokenId id;
};
struct UserUpserted {
    UserRecord user;
};
/// The user's tokens are gone with them; no `TokenRemoved` is told for them.
struct UserRemoved {
    UserId id;
};
/// What follows is the whole content again. Nothing is forgotten yet: until `ResetComplete` what was known stays in force, for a listener that
/// decides requests must not do so by half of the content.
struct Reset {};
/// The end of the whole content: whatever was not told since `Reset` is gone. If it never comes, another `Reset` does.
struct ResetComplete {};
using Change = std::variant<TokenUpserted, TokenRemoved, UserUpserted, UserRemoved, Reset, ResetComplete>;

/// Hears of every commit, this process's and others', in the order of the commits. Called by one thread at a time; a user comes before
/// their tokens. It must not call the store.
class ChangeListener {
  public:
    virtual ~ChangeListener() = default;
    virtual void on_changes(std::span<Change const> changes) = 0;
};

/// A store. All calls may come from any thread; none blocks for longer than it takes to queue the request.
class Store {
  public:
    using Work = std::move_only_function<Result<void>(Transaction&)>;
    using Query = std::move_only_function<Result<void>(Snapshot&)>;

    /// Ends what runs: queued requests are done, or answered with `kStoreUnavailable`, before it returns.
    virtual ~Store() = default;

    /// Tells the listener the whole content, then keeps telling it changes. Called once, before any write. Blocks.
    virtual Result<void> attach(ChangeListener& listener) = 0;

    /// Runs `work` in a transaction. `done` comes after the commit is durable AND the listener has heard of it. An error that `work`
    /// returns undoes what it did and is what `done` gets. Concurrent requests may share one commit; `work` may be run again, so
    /// it must not change anything but the transaction and what it captured for its own answer.
    virtual void write(Work work, Done<void> done) = 0;

    /// Runs `query` on a view that contains every write acknowledged before the call.
    virtual void read(Query query, Done<void> done) = 0;

    /// Whether `add_uses` is to be had: then every token that is read has its `usage`. Else none has one, and `add_uses` is `kNotSupportedByStore`.
    [[nodiscard]] virtual bool keeps_uses() const noexcept = 0;

    /// `done` comes when the listener has heard of everything that any process had committed before the call.
    virtual void refresh(Done<void> done) = 0;

    /// False while the files of the store were found replaced, moved, deleted or damaged: then nothing can be written.
    [[nodiscard]] virtual bool is_available() const noexcept { return true; }
    /// Whether each commit writes the whole content: then many small ones are no kindness to others.
    [[nodiscard]] virtual bool writes_whole_content() const noexcept { return false; }
};

}  // namespace warder::authority
