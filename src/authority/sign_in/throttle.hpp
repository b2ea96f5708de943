// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/hmac.hpp"
#include "warder/ports.hpp"
#include "warder/token.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <expected>
#include <list>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace warder::authority {

/// The address of a request, as the throttle counts it: an IPv4 address, or the /64 of an IPv6 one. A mapped IPv4
/// address is IPv4.
struct ClientAddress {
    IpAddress bytes{};
    IpAddress full{};  ///< The complete address, for display.
    static ClientAddress of(IpAddress const& full) noexcept;
    /// Returns whether both are counted as one.
    friend bool operator==(ClientAddress const& one, ClientAddress const& other) noexcept { return one.bytes == other.bytes; }
};

/// Counts failed attempts per key over a sliding minute, including attempts that are not decided yet. Not synchronized.
///
/// Memory is bounded: when the table is full, the counter that was not touched for longest is evicted, but never one
/// that has an attempt in flight or refuses attempts at the moment. Each eviction costs an attacker an address of their
/// own and a counted attempt, which is more than it gains. If every counter refuses attempts, new keys are refused,
/// too.
class BadAttempts {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Key = std::array<std::uint8_t, 16>;  ///< The start of a keyed hash, so that no one can choose keys that collide.

    static constexpr std::chrono::seconds kWindow{60};

    BadAttempts(std::size_t limit, std::size_t capacity) : limit_{limit}, capacity_{capacity} {}

    /// Returns how long to wait (1 to 60 s) if no further attempt may begin now; otherwise nullopt.
    [[nodiscard]] std::optional<std::chrono::seconds> retry_after(Key const& key, TimePoint now);
    /// Returns whether any attempt within the last minute failed.
    [[nodiscard]] bool has_bad(Key const& key, TimePoint now) const;
    /// Begins an attempt. Call it only if `retry_after` returned nullopt. Throws `std::bad_alloc`; no attempt has begun
    /// then.
    void begin(Key const& key, TimePoint now);
    /// Ends an attempt that was begun.
    void end(Key const& key, TimePoint now, bool was_bad) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return counters_.size(); }

  private:
    struct Counter {
        Key key{};
        std::vector<TimePoint> bad;  ///< Oldest first, at most `limit_`.
        std::size_t in_flight = 0;
        TimePoint touched{};
        bool is_full = false;  ///< Which of the two lists it is in.
    };
    using Counters = std::list<Counter>;
    struct Hash {
        std::size_t operator()(Key const& key) const noexcept {
            std::size_t hash = 0;
            std::memcpy(&hash, key.data(), sizeof hash);
            return hash;
        }
    };

    void forget_old(TimePoint now);
    void forget_old(Counters& counters, TimePoint now);
    [[nodiscard]] Counters::iterator evictable();
    void touch(Counters::iterator counter, TimePoint now);
    void erase(Counters::iterator counter);

    std::size_t limit_;
    std::size_t capacity_;
    // Each ordered by `touched`.
    Counters open_;
    Counters full_;
    std::unordered_map<Key, Counters::iterator, Hash> counters_;
};

/// Slows down password guessing: allows at most 5 failures per (user, address) and 50 per address within any 60 s.
/// Attempts in flight count as failures until they are decided, so parallel guessing can't exceed the limits. A user's
/// failures elsewhere never count against an address. Keeps only keyed hashes, no names or addresses. Any thread may
/// call it.
class Throttle {
  public:
    static constexpr std::size_t kBadPerUserAndAddress = 5;
    static constexpr std::size_t kBadPerAddress = 50;
    static constexpr std::size_t kCapacity = 65'536;

    /// Permission to try one password. A ticket that is destroyed unresolved (nothing was hashed) doesn't count. Must
    /// not outlive the throttle.
    class Ticket {
      public:
        Ticket(Ticket&& other) noexcept;
        Ticket& operator=(Ticket&& other) noexcept;
        Ticket(Ticket const&) = delete;
        Ticket& operator=(Ticket const&) = delete;
        ~Ticket();

        /// Reports whether the password was right. Call it once.
        void resolve(bool is_right) noexcept;
        /// Returns whether any attempt from this address failed within the minute before.
        [[nodiscard]] bool has_failed_lately() const noexcept { return has_failed_lately_; }

      private:
        friend class Throttle;
        Ticket(Throttle& throttle, BadAttempts::Key const& pair, BadAttempts::Key const& address, bool has_failed_lately)
            : throttle_{&throttle}, pair_{pair}, address_{address}, has_failed_lately_{has_failed_lately} {}

        Throttle* throttle_;
        BadAttempts::Key pair_;
        BadAttempts::Key address_;
        bool has_failed_lately_;
    };

    /// @param capacity  maximum number of (user, address) pairs, and of addresses, that are counted.
    Throttle(Clock const& clock, Random& random, std::size_t capacity = kCapacity);

    /// Starts an attempt.
    /// @param name  as sent, whether or not the user exists; compared ignoring ASCII case.
    /// @return a ticket, or how long to wait: 1 to 60 s.
    [[nodiscard]] std::expected<Ticket, std::chrono::seconds> admit(std::string_view name, ClientAddress const& address);

  private:
    [[nodiscard]] BadAttempts::Key key_of(ClientAddress const& address, std::optional<std::string_view> folded_name) const;
    void end(Ticket const& ticket, bool was_bad) noexcept;

    Clock const* clock_;
    crypto::HmacKey hash_key_;
    std::mutex mutex_;
    BadAttempts pairs_;
    BadAttempts addresses_;
};

}  // namespace warder::authority
