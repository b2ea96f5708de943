// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/hmac.hpp"
#include "crypto/secret.hpp"
#include "warder/authority.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstddef>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace warder::index {
struct Account;
class UserDirectory;
}  // namespace warder::index

namespace warder {
class Clock;
class Random;
}  // namespace warder

namespace warder::authority {

/// The sessions of the web UI. They are only in this process's memory: a restart signs everyone out.
///
/// A session belongs to its user as they were at sign-in. It ends when the stored password hash changes or the user is
/// deleted, by any process; a later user of the same name is another user. Whether the user is an administrator is
/// looked up for every request. Only the SHA-256 of a session's id is kept. Memory is bounded: if there are too many
/// sessions, of one user or in all, the oldest ends. The directory and the clock must outlive this object. Any thread
/// may call it; nothing blocks longer than a lookup takes.
class Sessions {
  public:
    static constexpr std::size_t kIdLength = 43;  ///< 256 bits in base64url, like CSRF tokens.
    static constexpr std::size_t kMaxPerUser = 50;
    static constexpr std::size_t kMaxInAll = 10'000;

    struct Settings {
        std::chrono::milliseconds idle = std::chrono::minutes{30};
        std::chrono::milliseconds absolute = std::chrono::hours{12};
    };

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

    Sessions(index::UserDirectory const& directory, Clock const& clock, Random& random, Settings settings)
        : directory_{&directory}, clock_{&clock}, random_{&random}, settings_{settings} {}

    /// Starts a session, always with a new id.
    /// @param account  from the directory; its password must have been verified just now.
    NewSession begin(index::Account const& account);

    /// Returns the session with this id and counts as its use.
    /// @param id  any bytes from outside.
    /// @return nullopt if there is no such session or it has ended.
    std::optional<Session> use(std::string_view id);

    /// Ends the session, if it exists.
    void end(std::string_view id);

  private:
    using Digest = crypto::Sha256Digest;
    struct DigestHash {
        /// The table only contains digests of ids made here, so no one can choose ids that collide.
        std::size_t operator()(Digest const& digest) const noexcept {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.data(), sizeof hash);
            return hash;
        }
    };
    /// Both clocks are needed: the steady one stops while the machine sleeps, and the wall clock can be set back.
    struct Moment {
        std::chrono::steady_clock::time_point steady;
        std::chrono::system_clock::time_point of_day;
    };
    struct Entry {
        Digest id_digest{};
        UserId user{};
        std::string username;
        Digest hash_digest{};  ///< Of the stored password hash at sign-in.
        std::string csrf_token;
        Moment begun;
        Moment used;
    };
    using EntryIterator = std::list<Entry>::iterator;

    [[nodiscard]] Moment now() const noexcept;
    [[nodiscard]] bool has_expired(Entry const& entry, Moment const& now) const noexcept;
    [[nodiscard]] Instant expires_at(Entry const& entry) const noexcept;
    void erase(EntryIterator entry);
    void make_room(UserId user, Moment const& now);

    index::UserDirectory const* directory_;
    Clock const* clock_;
    Random* random_;
    Settings settings_;

    std::mutex mutex_;          // guards the two members below
    std::list<Entry> entries_;  // oldest first
    std::unordered_map<Digest, EntryIterator, DigestHash> by_digest_;
};

}  // namespace warder::authority
