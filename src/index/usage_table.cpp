// SPDX-License-Identifier: MIT
#include "index/usage_table.hpp"

#include <algorithm>
#include <bit>
#include <memory>
#include <new>
#include <thread>

namespace warder::index {
namespace {

// A count: from the most significant bit, the record's generation and the number of uses.
constexpr unsigned kGenerationShift = 48;
constexpr std::uint64_t kCountMask = (std::uint64_t{1} << kGenerationShift) - 1;
constexpr std::uint64_t generation_of(std::uint64_t count) noexcept { return count >> kGenerationShift; }
constexpr std::int64_t uses_of(std::uint64_t count) noexcept { return static_cast<std::int64_t>(count & kCountMask); }

// A stamp: from the most significant bit, a version that is odd while the record is rewritten, and the time of the last
// use in seconds.
constexpr unsigned kVersionShift = 40;
constexpr std::uint64_t kVersion = std::uint64_t{1} << kVersionShift;
constexpr std::uint64_t kTimeMask = kVersion - 1;  // until the year 36812
constexpr bool is_rewritten(std::uint64_t stamp) noexcept { return (stamp & kVersion) != 0; }
constexpr std::uint64_t time_of(Instant at) noexcept {
    return static_cast<std::uint64_t>(std::clamp<std::int64_t>(at.time_since_epoch().count(), 0, kTimeMask));
}

using Words = std::array<std::uint64_t, 2>;

}  // namespace

// Time and address are under a sequence lock without fences, as in the registry: stored with release, loaded with
// acquire.
struct UsageTable::Record {
    std::atomic<std::uint64_t> count{0};
    std::atomic<std::uint64_t> stamp{0};
    std::array<std::atomic<std::uint64_t>, 2> from{};
    std::int64_t saved = 0;
    std::atomic<std::uint32_t> entry{0};  // in a free record: the number of the next free one
    std::uint32_t first_flush = 0;
};

UsageTable::~UsageTable() {
    static_assert(sizeof(Record) == 48);
    for (auto const& chunk : chunks_) std::unique_ptr<Record[]>{chunk.load(std::memory_order_acquire)};
}

UsageTable::Record& UsageTable::record(std::uint32_t number) const noexcept {
    return chunks_[number / kChunk].load(std::memory_order_acquire)[number % kChunk];
}

bool UsageTable::make_chunk(std::uint32_t number) noexcept {
    auto& chunk = chunks_[number / kChunk];
    if (chunk.load(std::memory_order_acquire) != nullptr) return true;
    std::unique_ptr<Record[]> fresh{new (std::nothrow) Record[kChunk]};
    if (fresh == nullptr) return false;
    Record* expected = nullptr;
    if (chunk.compare_exchange_strong(expected, fresh.get(), std::memory_order_acq_rel)) static_cast<void>(fresh.release());
    return true;
}

std::uint32_t UsageTable::end() const noexcept { return std::min(next_.load(std::memory_order_acquire), kChunk * kMaxChunks); }

std::uint32_t UsageTable::take(std::uint32_t entry) noexcept {
    for (auto top = free_.load(std::memory_order_acquire);;) {
        auto const number = static_cast<std::uint32_t>(top);
        if (number == kNone) break;
        auto const below = ((top >> 32U) + 1) << 32U | record(number).entry.load(std::memory_order_acquire);
        if (!free_.compare_exchange_weak(top, below, std::memory_order_acq_rel, std::memory_order_acquire)) continue;
        set_entry(number, entry);
        return number;
    }
    auto number = next_.load(std::memory_order_relaxed);
    do {
        if (number >= kChunk * kMaxChunks || !make_chunk(number)) return kNone;
    } while (!next_.compare_exchange_weak(number, number + 1, std::memory_order_acq_rel, std::memory_order_relaxed));
    set_entry(number, entry);
    return number;
}

void UsageTable::give_back(std::uint32_t number) noexcept {
    auto top = free_.load(std::memory_order_acquire);
    do {
        record(number).entry.store(static_cast<std::uint32_t>(top), std::memory_order_release);
    } while (!free_.compare_exchange_weak(top, ((top >> 32U) + 1) << 32U | number, std::memory_order_acq_rel, std::memory_order_acquire));
}

UsageTable::Ticket UsageTable::ticket(std::uint32_t number) const noexcept {
    auto const& of = record(number);
    auto const count = of.count.load(std::memory_order_acquire);
    return {.count = count, .stamp = of.stamp.load(std::memory_order_acquire)};
}

bool UsageTable::note(std::uint32_t number, Ticket const& ticket, Use const& use) noexcept {
    auto& of = record(number);
    move_on(of, ticket.stamp, use);
    auto count = ticket.count;
    while (!of.count.compare_exchange_weak(count, count + 1, std::memory_order_acq_rel, std::memory_order_acquire))
        if (generation_of(count) != generation_of(ticket.count)) return false;
    return true;
}

/// Updates the last use if this one is later. Does nothing if another thread has written one since the stamp was read:
/// that one is as good.
void UsageTable::move_on(Record& record, std::uint64_t stamp, Use const& use) noexcept {
    auto const time = time_of(use.at);
    if (is_rewritten(stamp) || (stamp & kTimeMask) > time) return;
    auto const words = std::bit_cast<Words>(use.from);
    // Most uses come from the same address within the same second. Writing nothing then keeps the record in the caches
    // of other cores.
    bool const is_same = (stamp & kTimeMask) == time && record.from[0].load(std::memory_order_acquire) == words[0] &&
                         record.from[1].load(std::memory_order_acquire) == words[1];
    if (is_same && record.stamp.load(std::memory_order_acquire) == stamp) return;
    auto const version = stamp & ~kTimeMask;
    if (!record.stamp.compare_exchange_strong(stamp, (version + kVersion) | (stamp & kTimeMask), std::memory_order_acq_rel)) return;
    record.from[0].store(words[0], std::memory_order_release);
    record.from[1].store(words[1], std::memory_order_release);
    record.stamp.store((version + 2 * kVersion) | time, std::memory_order_release);
}

UsageTable::Use UsageTable::last_use(Record const& record) noexcept {
    for (;; std::this_thread::yield()) {
        auto const stamp = record.stamp.load(std::memory_order_acquire);
        if (is_rewritten(stamp)) continue;
        Words const words{record.from[0].load(std::memory_order_acquire), record.from[1].load(std::memory_order_acquire)};
        if (record.stamp.load(std::memory_order_acquire) != stamp) continue;
        return {.at = Instant{std::chrono::seconds{static_cast<std::int64_t>(stamp & kTimeMask)}}, .from = std::bit_cast<IpAddress>(words)};
    }
}

void UsageTable::set_entry(std::uint32_t number, std::uint32_t entry) noexcept { record(number).entry.store(entry, std::memory_order_release); }

std::uint32_t UsageTable::entry(std::uint32_t number) const noexcept { return record(number).entry.load(std::memory_order_acquire); }

UsageTable::Uses UsageTable::retire(std::uint32_t number) noexcept {
    auto& of = record(number);
    auto count = of.count.load(std::memory_order_acquire);
    while (!of.count.compare_exchange_weak(count, (generation_of(count) + 1) << kGenerationShift, std::memory_order_acq_rel,
                                           std::memory_order_acquire)) {}
    Uses const uses{.count = uses_of(count), .last = last_use(of)};
    auto stamp = of.stamp.load(std::memory_order_acquire);
    // A thread that is writing the record finishes within a few instructions.
    for (; is_rewritten(stamp) || !of.stamp.compare_exchange_weak(stamp, (stamp & ~kTimeMask) + 2 * kVersion, std::memory_order_acq_rel);
         stamp = of.stamp.load(std::memory_order_acquire))
        std::this_thread::yield();
    of.saved = 0;
    give_back(number);
    return uses;
}

void UsageTable::add(std::uint32_t number, Uses const& uses) noexcept {
    auto& of = record(number);
    move_on(of, of.stamp.load(std::memory_order_acquire), uses.last);
    of.count.fetch_add(static_cast<std::uint64_t>(uses.count), std::memory_order_acq_rel);
}

std::optional<UsageTable::Snapshot> UsageTable::look(std::uint32_t number) const noexcept {
    if (number == kNone || number >= end()) return std::nullopt;
    auto const& of = record(number);
    auto const count = of.count.load(std::memory_order_acquire);
    return Snapshot{.number = number,
                    .generation = generation_of(count),
                    .uses = {.count = uses_of(count), .last = last_use(of)},
                    .saved = of.saved,
                    .first_flush = of.first_flush};
}

void UsageTable::acknowledge_flush(Snapshot const& seen, std::uint32_t flush) noexcept {
    auto& of = record(seen.number);
    if (generation_of(of.count.load(std::memory_order_acquire)) != seen.generation) return;
    if (of.saved == 0) of.first_flush = flush;
    of.saved = seen.uses.count;
}

}  // namespace warder::index
