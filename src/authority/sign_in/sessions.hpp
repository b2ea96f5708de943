// SPDX-License-Identifier: MIT
#pragma once

#include "authority/sign_in/session_lookups.hpp"
#include "authority/sign_in/session_table.hpp"
#include "crypto/secret.hpp"
#include "warder/authority.hpp"
#include "warder/token.hpp"

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warder::index {
struct Account;
class UserDirectory;
}  // namespace warder::index

namespace warder {
class Random;
}

namespace warder::authority {

/// The sessions of the web UI. With a store that several nodes share, they are in the store and hold on every node; otherwise
/// they are only in this process's memory, and a restart signs everyone out.
///
/// A session belongs to its user as they were at sign-in. It ends when the stored password hash changes or the user is
/// deleted, by any process; a later user of the same name is another user. Whether the user is an administrator is
/// looked up for every request. Only the SHA-256 of a session's id is kept, and the CSRF token is computed from the id, so that
/// neither a copy of the store nor one of the memory opens a session. If there are too many sessions, of one user or in all, the
/// oldest ends. The arguments of the constructor must outlive this object, and the table must outlive the store. Any thread may
/// call it; nothing blocks longer than a lookup takes.
class Sessions {
  public:
    static constexpr std::size_t kIdLength = 43;  ///< 256 bits in base64url, like CSRF tokens.
    using Settings = SessionTable::Settings;

    /// An active session, as of this use.
    struct Session {
        Principal principal;
        std::string csrf_token;
        Instant expires_at{};  ///< When it ends if it is not used again, truncated to whole seconds.
    };
    struct NewSession {
        crypto::Secret id;  ///< Only the client keeps it.
        Session session;
    };

    /// @param store  keeps the sessions, and reports its changes to the table; null: only the table keeps them.
    Sessions(SessionTable& table, index::UserDirectory const& directory, Random& random, Store* store = nullptr);

    /// Starts a session, always with a new id, and ends others, in the same commit.
    /// @param account  from the directory; its password must have been verified just now.
    /// @param ends  ids of sessions, any bytes from outside.
    /// @param done  gets nullopt if the account no longer exists or has another password by now.
    void begin(index::Account const& account, std::span<std::string_view const> ends, Done<std::optional<NewSession>> done);

    /// Returns the session with this id and counts as its use.
    /// @param id  any bytes from outside.
    /// @return `kUnconfirmed` if another node may know of the session: call `confirm`, and then this function again, whose
    /// result is final.
    std::expected<Session, SessionAbsence> use(std::string_view id);
    /// Calls `done` as soon as this process knows what any node committed about the session before the call. Fails with `kBusy`
    /// if too many requests wait already, and if the store can't be read.
    void confirm(std::string_view id, Done<void> done);

    /// Ends the session, if it exists.
    void end(std::string_view id, Done<void> done);

    /// An active session as its user is shown it.
    struct Listed {
        std::string handle;  ///< Names it for `end_listed`. Its id can't be computed from it.
        Instant created_at{}, last_used_at{};
        Instant expires_at{};     ///< When it ends if it is not used again.
        bool is_current = false;  ///< It is the one that asks.
    };
    /// Returns the active sessions of a user, oldest first. Uses on another node may be missing for about a minute.
    /// @param current  the id of the session that asks; empty, or any other bytes from outside, if there is none.
    void list(UserId user, std::string_view current, Done<std::vector<Listed>> done);
    /// Ends a session of the principal, with an audit event. Fails with `kSessionNotFound` if the principal has none of that name.
    /// @param handle  any bytes from outside.
    void end_listed(Authority& authority, Principal const& principal, std::string handle, Done<void> done);
    /// Ends all sessions of a user that have begun so far, with an audit event if there are any.
    /// @param name  the user's, as stored.
    void end_all(Authority& authority, Principal const& principal, UserId user, std::string name, Done<void> done);

    /// Stores when sessions were last used, for the other nodes: of each session at most once a minute, unless idle sessions end
    /// soon. Call it every few seconds. What can't be stored now stays in memory for the next time.
    /// @param all  stores every use, since this process ends.
    void save_uses(bool all, Done<void> done);

  private:
    [[nodiscard]] std::vector<StoredSession> list_in_memory(UserId user) const;

    SessionTable* table_;
    index::UserDirectory const* directory_;
    Random* random_;
    Store* store_;
    std::shared_ptr<SessionLookups> lookups_;  ///< Null without a store.
};

}  // namespace warder::authority
