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

/// Who is signed in to the web UI. In this process's memory alone: a restart signs everybody out.
///
/// A session is its user's as they were at sign-in: it has ended once the stored password hash is another one or the user is gone, whoever changed
/// that and wherever; a later user of the same name is somebody else. Whether they are an administrator is looked up each time. Of a session's id
/// only the SHA-256 is kept. Memory is bounded: where there would be too many sessions, of one user or in all, the one that was begun first ends. The
/// directory and the clock outlive it. Any thread may call it; nothing blocks for longer than a look-up takes.
class Sessions {
  public:
    static constexpr std::size_t kIdLength = 43;  ///< 256 bits in base64url; a CSRF token is as long.
    static constexpr std::size_t kMaxPerUser = 50;
    static constexpr std::size_t kMaxInAll = 10'000;

    struct Settings {
        std::chrono::milliseconds idle = std::chrono::minutes{30};
        std::chrono::milliseconds absolute = std::chrono::hours{12};
    };

    /// A session that is alive, as it stands after this use.
    struct Session {
        Caller caller;
        std::string csrf_token;
        Instant expires_at{};  ///< When it ends if it is not used again; the fraction is cut.
    };
    struct NewSession {
        crypto::Secret id;  ///< The only moment at which it exists outside of the client's hands.
        Session session;
    };

    Sessions(index::UserDirectory const& directory, Clock const& clock, Random& random, Settings settings)
        : directory_{&directory}, clock_{&clock}, random_{&random}, settings_{settings} {}

    /// Begins a session, always under a new id. @param account  as it stands in the directory; its password was proven just now.
    NewSession begin(index::Account const& account);

    /// The session of this id, if there is one and it has not ended; that counts as its use.
    /// @param id  any bytes from outside.
    std::optional<Session> use(std::string_view id);

    /// Ends it, if there is one.
    void end(std::string_view id);

  private:
    using Digest = crypto::Sha256Digest;
    struct DigestHash {
        /// Only digests of ids that we made are ever put in: nobody can choose them so that they collide.
        std::size_t operator()(Digest const& digest) const noexcept {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.data(), sizeof hash);
            return hash;
        }
    };
    /// Both clocks: the steady one doesn't run while the machine sleeps, and the other one may be set back.
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
    using Place = std::list<Entry>::iterator;

    [[nodiscard]] Moment now() const noexcept;
    [[nodiscard]] bool has_expired(Entry const& entry, Moment const& now) const noexcept;
    [[nodiscard]] Instant expires_at(Entry const& entry) const noexcept;
    void erase(Place entry);
    void make_room(UserId user, Moment const& now);

    index::UserDirectory const* directory_;
    Clock const* clock_;
    Random* random_;
    Settings settings_;

    std::mutex mutex_;          // of the two below
    std::list<Entry> entries_;  // in the order of their beginnings
    std::unordered_map<Digest, Place, DigestHash> by_digest_;
};

}  // namespace warder::authority
