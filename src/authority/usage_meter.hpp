// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"
#include "warder/token.hpp"
#include "warder/verifier.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace warder::index {
class Registry;
}  // namespace warder::index

namespace warder {
class Random;
}

namespace warder::authority {

class Store;
class UsageMeter;

/// Ids are random, except those of imported tokens, and except for bits of the bytes 6 and 8 (RFC 9562 §5.4).
struct TokenIdHash {
    [[nodiscard]] std::size_t operator()(TokenId const& id) const noexcept {
        std::size_t hash = 0;
        std::memcpy(&hash, id.bytes().data(), sizeof hash);
        return hash;
    }
};

/// The uses of one token, as counted since some time.
struct TokenUses {
    TokenKey key{};
    std::int64_t count = 0;
    Instant last_at{};
    IpAddress last_from{};

    void add(TokenUses const& later) noexcept;
};

/// Counts the uses that one thread sees, so that threads don't write to each other's cache lines. Belongs to a
/// `UsageMeter`.
class UsageCounter {
  public:
    explicit UsageCounter(UsageMeter& meter) noexcept : meter_{&meter} {}

    /// Counts a request with this token, which was just verified. Never allocates, unless more tokens than the counter
    /// holds were used since their uses were last collected. If memory is short then, this use is not counted.
    /// @param from  the client's address.
    void note(VerifiedToken const& token, IpAddress const& from) noexcept;

  private:
    friend class UsageMeter;
    static constexpr std::size_t kSlots = 2048;  // 128 KiB per thread
    static constexpr std::size_t kMaxUsed = kSlots / 4 * 3;

    [[nodiscard]] TokenUses& slot_for(TokenId const& id) noexcept;
    /// Passes all uses on to the meter. Throws `std::bad_alloc`; the rest stays here then.
    void collect();

    UsageMeter* meter_;
    std::mutex mutex_;  // others take it only to collect the uses
    std::size_t used_ = 0;
    std::array<TokenUses, kSlots> slots_{};  // a hash table; a slot without a count is free
};

/// Uses that may not be in the store yet. They are stored in numbered batches, each of which the store adds only once.
struct UnsavedUses {
    struct Batch {
        std::int64_t number = 0;
        std::unordered_map<TokenId, TokenUses, TokenIdHash> uses{};
    };
    std::shared_ptr<Batch> saving{};    ///< Being stored; null: none is.
    std::shared_ptr<Batch> counting{};  ///< The next one; it grows.
};

/// Counts the uses of tokens in memory and saves them to the store from time to time. Any thread may call any method.
class UsageMeter {
  public:
    /// @param registry  the tokens that exist; must outlive this object.
    UsageMeter(index::Registry const& registry, Random& random);
    UsageMeter(UsageMeter const&) = delete;
    UsageMeter& operator=(UsageMeter const&) = delete;
    ~UsageMeter();

    /// Returns a new counter, which exists as long as this object.
    [[nodiscard]] UsageCounter& add_counter();

    /// Returns the uses counted so far that may not be in the store yet. Call it before reading from the store, and pass
    /// the result to `complete`.
    [[nodiscard]] UnsavedUses unsaved();
    /// Adds to a token read from the store those uses that its record doesn't include.
    void complete(TokenRecord& token, UnsavedUses const& unsaved) const;

    /// Saves the uses, a few hundred tokens per commit, so that other writes don't wait long. What can't be saved is kept
    /// for the next time. If the store keeps no uses, only those of tokens that no longer exist are dropped. Blocks.
    /// Call it from one thread at a time, and never from the store's.
    Result<void> save(Store& store);

  private:
    friend class UsageCounter;

    void collect_all();
    void add(TokenUses const& uses);
    [[nodiscard]] std::shared_ptr<UnsavedUses::Batch> take_batch();
    [[nodiscard]] Result<void> save(Store& store, UnsavedUses::Batch const& batch) const;
    void forget_removed();

    index::Registry const* registry_;
    std::int64_t run_;
    std::mutex counters_mutex_;  // order of locks: this one, a counter's, `mutex_`
    std::vector<std::unique_ptr<UsageCounter>> counters_;
    mutable std::mutex mutex_;
    UnsavedUses unsaved_;
};

}  // namespace warder::authority
