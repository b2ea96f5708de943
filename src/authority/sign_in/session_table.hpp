// SPDX-License-Identifier: MIT
#pragma once

#include "index/user_directory.hpp"
#include "warder/store.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace warder {
class Clock;
}

namespace warder::authority {

/// Why there is no active session.
enum class SessionAbsence : std::uint8_t {
    kEnded,        ///< There is none, or it has ended.
    kUnconfirmed,  ///< As far as this process knows, which may be behind what other nodes did.
};

/// The sessions that this process knows, by the SHA-256 of their ids. Those of a store that several nodes share come from the
/// store's changes; others are added here and exist nowhere else. Any thread may call it; nothing blocks longer than a lookup
/// takes. The clock must outlive it.
class SessionTable final : public ChangeListener {
  public:
    static constexpr std::size_t kMaxPerUser = 50;
    static constexpr std::size_t kMaxInAll = 10'000;

    struct Settings {
        std::chrono::milliseconds idle = std::chrono::minutes{30};
        std::chrono::milliseconds absolute = std::chrono::hours{12};
    };
    struct Active {
        index::Account account;
        Instant expires_at{};  ///< When it ends if it is not used again, truncated to whole seconds.
    };
    struct Use {
        Digest id_digest{};
        SessionTime at{};
    };

    SessionTable(Clock const& clock, Settings settings) noexcept : clock_{&clock}, settings_{settings} {}

    /// Adds a session that begins now. If there are too many, of the user or in all, the oldest ends.
    void add(StoredSession const& session);
    /// Removes the session, if it is known.
    void erase(Digest const& id_digest);

    /// Returns the session's user as they are now, and counts as a use of the session.
    /// @param is_shared  whether other nodes may know more: a session of which this process knows that it has ended is then
    /// `kUnconfirmed`, unless it is too old.
    std::expected<Active, SessionAbsence> use(Digest const& id_digest, index::UserDirectory const& directory, bool is_shared);

    /// Returns the active sessions of a user as a store would keep them, oldest first.
    [[nodiscard]] std::vector<StoredSession> list(UserId user) const;
    void erase_of(UserId user);

    /// Takes over what the store knows of the last use, which another node may have stored.
    void note_stored(StoredSession const& session);
    /// Returns a session of the store with its last use, if that was here and has not been stored yet.
    [[nodiscard]] StoredSession with_last_use(StoredSession session) const;
    /// Returns the last uses that are at least this much later than those that are stored.
    [[nodiscard]] std::vector<Use> unsaved_uses(std::chrono::milliseconds later_by) const;
    void mark_saved(std::span<Use const> uses);

    /// Follows a store that several nodes share.
    void on_changes(std::span<Change const> changes) override;

    [[nodiscard]] Settings const& settings() const noexcept { return settings_; }
    /// Returns now as the store keeps it.
    [[nodiscard]] SessionTime stored_now() const noexcept;
    /// Returns when a session ends that begins now.
    [[nodiscard]] Instant end_of_new() const noexcept;
    /// Returns when a session ends if it is not used again, truncated to whole seconds.
    [[nodiscard]] Instant end_of(StoredSession const& session) const noexcept;
    /// Returns whether a session has ended by itself, according to what the store has.
    [[nodiscard]] bool has_ended(StoredSession const& session) const noexcept;
    /// Returns which sessions have ended by themselves by now.
    [[nodiscard]] EndedSessions ended() const noexcept;

  private:
    struct DigestHash {
        /// The table only contains digests of ids made by a node, so no one can choose ids that collide.
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
        std::uint64_t number = 0;  ///< Increases from session to session.
        UserId user{};
        Digest password_digest{};
        Moment begun{};
        Moment used{};
        SessionTime saved{};  ///< The last use that is stored.
    };
    using Entries = std::unordered_map<Digest, Entry, DigestHash>;

    [[nodiscard]] Moment now() const noexcept;
    [[nodiscard]] Moment moment_of(SessionTime time) const noexcept;
    [[nodiscard]] bool is_idle(Entry const& entry, Moment const& now) const noexcept;
    [[nodiscard]] bool is_too_old(Entry const& entry, Moment const& now) const noexcept;
    [[nodiscard]] Instant end_of(Moment const& begun, Moment const& used) const noexcept;
    void make_room(UserId user, Moment const& now);
    void note_stored_locked(StoredSession const& session);
    void put(StoredSession const& session);
    void end_reload();

    Clock const* clock_;
    Settings settings_;

    mutable std::mutex mutex_;  // guards the members below
    Entries entries_;
    std::uint64_t next_number_ = 0;
    std::optional<std::set<Digest>> put_since_reload_;  // set during a reload
};

}  // namespace warder::authority
