// SPDX-License-Identifier: MIT
#pragma once

#include "warder/audit.hpp"
#include "warder/duration.hpp"
#include "warder/error.hpp"
#include "warder/store.hpp"
#include "warder/token.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace warder::index {
class KeyRingHandle;
}  // namespace warder::index

namespace warder {
class Clock;
class Random;
}  // namespace warder

namespace warder::authority {

class AuditBounds;  // the library's own, too
struct ImportedUser;
struct ImportProgress;
struct ImportReport;
class UsageMeter;  // the library's own, too

/// Who asks, proven by a password or by being the operator of the machine.
struct Caller {
    UserId id{};
    std::string name;  ///< As stored; goes into the audit log.
    bool is_admin = false;
    bool is_operator = false;              ///< The command line: may do for a user what only that user may do over HTTP.
    std::optional<std::string> address{};  ///< For the audit log; nothing: not over a network.

    /// The person at the command line of the machine that holds the store, by the name of their account there.
    static Caller local_operator(std::string_view account) {
        return {.id = {}, .name = std::string{"local:"}.append(account), .is_admin = true, .is_operator = true};
    }
};

struct MintRequest {
    std::string description;
    Seconds life{};
    Grants endpoints{};  ///< Null: a token without limit.
};

/// What is to be changed; what is not named stays.
struct TokenEdit {
    std::optional<std::string> description;
    std::optional<Grants> endpoints{};  ///< Null lifts the limit.
};

struct NewUser {
    std::string name;
    std::string password_hash;  ///< Comes from `PasswordHasher`.
    bool is_admin = false;
    Grants ceiling{};  ///< Null: none.
};

/// What is to be changed; what is not named stays.
struct UserEdit {
    std::optional<bool> is_admin;
    std::optional<Grants> ceiling{};  ///< Null lifts it.
};

struct RenewRequest {
    std::optional<Seconds> life;     ///< Without one: the life that the old token was minted with.
    std::optional<Seconds> overlap;  ///< Without one the old token ends at once.
};

/// A token just made: the only moment at which its text exists outside of the caller's hands.
struct MintedToken {
    std::string text;
    TokenRecord record;
};

struct OwnedToken {
    TokenRecord record;
    std::string owner_name;
};

/// Whose tokens a list shows.
struct Self {};
struct AllUsers {};
using OwnerFilter = std::variant<Self, std::string, AllUsers>;  ///< A string is a user's name.

struct ListRequest {
    OwnerFilter owner = Self{};
    std::optional<TokenId> after;
    std::optional<std::uint32_t> limit;
};

/// How many tokens and audit events were deleted because they are too old.
struct Purged {
    std::int64_t tokens = 0;
    std::int64_t events = 0;
};

struct TokenPage {
    std::vector<OwnedToken> tokens;
    bool has_more = false;  ///< Something follows behind the last one; only ever with a limit.
};

/// The use cases: what users and administrators do with tokens and users. Validates, runs the rules inside the store's transaction,
/// and answers when the change is durable and every verifier of this process knows it. Each change is in the audit log by the same commit: one that
/// can't be written there is not made.
///
/// Any thread may call any method; none blocks. `Done` is called exactly once, from the store's thread or before the call returns.
/// It may go while its requests are under way; the store, keys, clock and source of randomness may not.
class Authority {
  public:
    struct Settings {
        Seconds max_life{std::chrono::hours{24 * 3650}};
        Seconds keep_expired{std::chrono::hours{24 * 30}};
        std::int64_t max_per_user = 10'000;  ///< Registered tokens, expired ones included while they are kept.
        Seconds keep_audit{std::chrono::hours{24 * 400}};
    };

    /// @param usage  what this process has counted of the tokens' uses, which answers add to what is stored. Null: nothing.
    Authority(Store& store, index::KeyRingHandle const& keys, Clock& clock, Random& random, Settings settings, UsageMeter const* usage = nullptr)
        : store_{&store}, keys_{&keys}, clock_{&clock}, random_{&random}, settings_{settings}, usage_{usage} {}

    /// For a server, which users share: from here on repeated events of one actor beyond 60 in a minute are summed up (see `write_summed_events`),
    /// and users who are no administrators make a bounded number of changes (`kTooManyChanges`). The operator is not bound.
    void bound_audit_log();

    /// The caller mints a token of their own; the operator names the owner.
    void mint(Caller const& caller, MintRequest request, Done<MintedToken> done);
    void mint_for(Caller const& caller, std::string owner_name, MintRequest request, Done<MintedToken> done);
    /// `kForbidden` if one who is no administrator asks for anybody else's.
    void list(Caller const& caller, ListRequest request, Done<TokenPage> done);
    /// A token that is unknown, ended by a renewal, or (for one who is no administrator) not theirs: `kTokenNotFound`; the same below.
    void show(Caller const& caller, TokenId const& id, Done<OwnedToken> done);
    /// An edit that names nothing is answered as `show`.
    void edit(Caller const& caller, TokenId const& id, TokenEdit edit, Done<OwnedToken> done);
    void revoke(Caller const& caller, TokenId const& id, Done<void> done);
    /// The owner alone: an administrator asking for another's gets `kForbidden`.
    void renew(Caller const& caller, TokenId const& id, RenewRequest request, Done<MintedToken> done);

    // Of users: whether the caller may is for whoever calls these to know.

    /// The first user of an empty store is made this way too.
    void add_user(Caller const& caller, NewUser user, Done<UserRecord> done);
    void list_users(Done<std::vector<UserRecord>> done);
    void show_user(std::string name, Done<UserRecord> done);
    /// An edit that names nothing is answered as `show_user`. `kLastAdmin` if no administrator would be left.
    void edit_user(Caller const& caller, std::string name, UserEdit edit, Done<UserRecord> done);
    void set_password(Caller const& caller, std::string name, std::string password_hash, Done<void> done);
    /// Replaces the hash only if it still is `old_hash`: for upgrades at sign-in, which must not undo a change of password.
    void upgrade_password_hash(UserId id, std::string old_hash, std::string new_hash, Done<void> done);
    void remove_user(Caller const& caller, std::string name, Done<void> done);

    /// How many live tokens a key of the ring signed.
    void count_signed_by(std::string key_id, Done<std::int64_t> done);
    /// Deletes all tokens that a key signed. @return how many.
    void revoke_signed_by(Caller const& caller, std::string key_id, Done<std::int64_t> done);

    /// Adds users of another program and their tokens, all or none of them. Who exists gains tokens alone; what is there already stays as it is.
    void import_users(Caller const& caller, std::vector<ImportedUser> users, Done<ImportReport> done);
    /// As `import_users`, a batch at a time, each all or nothing, so that others can write in between.
    /// @param progress  default-constructed for the first batch, then what the batch before returned, until it says that it is done.
    /// @param most  how many tokens and users.
    void import_batch(Caller const& caller, std::shared_ptr<std::vector<ImportedUser> const> users, ImportProgress progress, std::size_t most,
                      Done<ImportProgress> done);

    /// For changes of the keys, which the store doesn't hold: said before they are made, so that none is without its event.
    void announce_key_change(Caller const& caller, std::string_view action, std::string key_id, Done<void> done);
    /// Adds events that nothing else is to be changed for: sign-ins.
    void add_audit_events(std::vector<AuditEvent> events, Done<void> done);
    /// Writes the sums of events whose minute is over, or all. What can't be written stays counted. `done` comes when they are in the log, or can't
    /// be.
    void write_summed_events(bool all, Done<void> done);
    void list_audit_events(AuditQuery query, Done<AuditPage> done);

    /// Deletes some of the tokens that expired, and of the audit events that came, long ago; call it again soon while anything was deleted.
    /// @param now  the time that whoever calls it has made sure of, since this cannot be undone: the clock may be set at any moment.
    void purge(Instant now, Done<Purged> done);
    /// See `Snapshot::latest_time`.
    void latest_time(Done<Instant> done);

    /// See `Store::is_available` and `Store::writes_whole_content`.
    [[nodiscard]] bool is_store_available() const noexcept { return store_->is_available(); }
    [[nodiscard]] bool writes_whole_content() const noexcept { return store_->writes_whole_content(); }

    [[nodiscard]] Settings const& settings() const noexcept { return settings_; }

  private:
    [[nodiscard]] std::uint32_t savings() const noexcept;
    [[nodiscard]] OwnedToken with_uses(OwnedToken token, std::uint32_t savings) const;
    void mint_owned(Caller const& caller, std::move_only_function<Result<UserRecord>(Snapshot&)> find_owner, MintRequest request,
                    Done<MintedToken> done);
    Result<void> note(Transaction& store, Caller const& caller, std::string_view action, std::string target) const;
    /// An event of a request that is summed up instead of being written with the request.
    using SummedEvent = std::shared_ptr<std::optional<AuditEvent>>;
    Result<void> note_or_sum_up(Transaction& store, Caller const& caller, std::string_view action, std::string target,
                                SummedEvent const& summed) const;
    /// Counts the event, if there is one, once the request holds.
    template <class T>
    [[nodiscard]] Done<T> count(SummedEvent summed, Done<T> done) const;
    [[nodiscard]] bool admits_change(Caller const& caller) const;

    Store* store_;
    index::KeyRingHandle const* keys_;
    Clock* clock_;
    Random* random_;
    Settings settings_;
    UsageMeter const* usage_;
    std::shared_ptr<AuditBounds> bounds_;  ///< Null: none.
};

}  // namespace warder::authority
