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
#include <utility>
#include <vector>

namespace warder::authority {

/// Where a request came from, as the throttle counts it: an IPv4 address, or the /64 of an IPv6 one. A mapped IPv4 address is IPv4.
struct ClientAddress {
    IpAddress bytes{};
    IpAddress whole{};  ///< As it is, for people to read.
    static ClientAddress of(IpAddress const& whole) noexcept;
    /// Whether they are counted as one.
    friend bool operator==(ClientAddress const& one, ClientAddress const& other) noexcept { return one.bytes == other.bytes; }
};

/// Counts bad attempts per key over a sliding minute, attempts that are not decided yet included. Not synchronised.
///
/// Memory is bounded: when the table is full, the counter that was longest untouched goes, but never one that has an attempt in flight or that
/// refuses at the moment. To make room that way costs an attacker an address of their own and a counted attempt each, which is more than it gains. If
/// every counter refuses, newcomers are refused too.
class BadAttempts {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Key = std::array<std::uint8_t, 16>;  ///< The start of a keyed hash, so that nobody can choose keys that collide.

    static constexpr std::chrono::seconds kWindow{60};

    BadAttempts(std::size_t limit, std::size_t capacity) : limit_{limit}, capacity_{capacity} {}

    /// How long to wait (1 to 60 s) if no further attempt may begin now.
    [[nodiscard]] std::optional<std::chrono::seconds> refuses(Key const& key, TimePoint now);
    /// Whether any attempt within the last minute was bad.
    [[nodiscard]] bool has_bad(Key const& key, TimePoint now) const;
    /// An attempt begins; only after `refuses` said that it may. Throws where memory lacks; then none has begun.
    void begin(Key const& key, TimePoint now);
    /// An attempt that began is decided.
    void end(Key const& key, TimePoint now, bool was_bad) noexcept;

    [[nodiscard]] std::size_t size() const noexcept { return counters_.size(); }

  private:
    struct Counter {
        Key key{};
        std::vector<TimePoint> bad;  ///< Oldest first, at most `limit_`.
        std::size_t in_flight = 0;
        TimePoint touched{};
        bool is_full = false;  ///< Which list it is in.
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

/// Slows down the guessing of passwords: at most 5 bad ones for a (user, address) and 50 from one address within any 60 s. Attempts in flight
/// count as bad until they are decided, so that guessing in parallel can't exceed the figures. A user's failures elsewhere never count for
/// an address.
/// Keeps keyed hashes only, neither names nor addresses. Any thread may call it.
class Throttle {
  public:
    static constexpr std::size_t kBadPerUserAndAddress = 5;
    static constexpr std::size_t kBadPerAddress = 50;
    static constexpr std::size_t kCapacity = 65'536;

    /// A permission to try one password. One that ends undecided (nothing was hashed) doesn't count. Must not outlive the throttle.
    class Ticket {
      public:
        Ticket(Ticket&& other) noexcept;
        Ticket& operator=(Ticket&& other) noexcept;
        Ticket(Ticket const&) = delete;
        Ticket& operator=(Ticket const&) = delete;
        ~Ticket();

        /// Says whether the password was right; once.
        void resolve(bool is_right) noexcept;
        /// Whether any attempt from this address within the minute before was bad.
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

    /// @param capacity  how many (user, address) and how many addresses are counted at most.
    Throttle(Clock const& clock, Random& random, std::size_t capacity = kCapacity);

    /// @param name  as presented, whether or not such a user exists; folded here. @return else how long to wait: 1 to 60 s.
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
