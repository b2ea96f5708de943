// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/hmac.hpp"
#include "warder/token.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <unordered_map>

namespace warder::authority {

/// Remembers for five minutes which credentials were verified at which address, as MACs. Not synchronized.
///
/// There is at most one entry per user and address, because a user has one password at a time. When the table is full,
/// the user with the most entries loses the oldest one, so that no one can displace another user's entries by signing
/// in from many addresses.
class VerifiedCredentials {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Mac = crypto::Sha256Digest;

    static constexpr std::chrono::minutes kLifetime{5};
    static constexpr std::chrono::seconds kWindow{60};
    static constexpr std::size_t kMaxWrong = 5;
    static constexpr std::size_t kCapacity = 10'000;

    enum class Match : std::uint8_t {
        kNone,       ///< No credentials are verified there, or other ones.
        kVerified,   ///< These credentials are verified there.
        kSuspended,  ///< They are verified, but too many others were tried: accept them only if the throttle admits the attempt.
    };

    /// @param seed  unpredictable, so that no one can choose addresses that collide.
    explicit VerifiedCredentials(std::uint64_t seed, std::size_t capacity = kCapacity) : by_pair_{0, PairHash{seed}}, capacity_{capacity} {}

    /// Looks up credentials. Compares in constant time.
    /// @param address  as the throttle counts it (`ClientAddress::bytes`); the same below.
    [[nodiscard]] Match match(UserId user, IpAddress const& address, Mac const& mac, TimePoint now) const;
    /// Returns whether any credentials of this user are verified there.
    [[nodiscard]] bool contains(UserId user, IpAddress const& address, TimePoint now) const;

    void remember(UserId user, IpAddress const& address, Mac const& mac, TimePoint now);
    /// Counts an attempt beyond the throttle's limit that did not match. After `kMaxWrong` of them within `kWindow`,
    /// the entry is suspended.
    void count_wrong(UserId user, IpAddress const& address, TimePoint now);
    /// Ends a suspension, once the throttle admits attempts again.
    void resume(UserId user, IpAddress const& address);

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  private:
    struct Pair {
        UserId user{};
        IpAddress address{};
        friend bool operator==(Pair const&, Pair const&) = default;
    };
    struct PairHash {
        std::uint64_t seed;
        std::size_t operator()(Pair const& pair) const noexcept;
    };
    struct Entry {
        Pair pair;
        Mac mac{};
        TimePoint until{};
        std::array<TimePoint, kMaxWrong> wrong{};  ///< Ring buffer of the times of the latest attempts that did not match.
        std::size_t wrong_count = 0;
        TimePoint suspended_until{};
    };
    using Entries = std::list<Entry>;

    [[nodiscard]] Entry const* find(UserId user, IpAddress const& address, TimePoint now) const;
    void make_room(TimePoint now);
    void erase(Entries::iterator entry);

    Entries entries_;  // ordered by `until`
    std::unordered_map<Pair, Entries::iterator, PairHash> by_pair_;
    std::unordered_map<UserId, std::size_t> entries_of_user_;
    std::size_t capacity_;
};

}  // namespace warder::authority
