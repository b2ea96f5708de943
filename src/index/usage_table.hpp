// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace warder::index {

/// How often tokens were used, and when and from where they were last used: 48 bytes per used token. The owner of a
/// record knows its token.
///
/// Any number of threads may call `take`, `give_back`, `ticket` and `note` at any time, without locks or waiting. The
/// other functions must be called by one thread at a time.
///
/// Counts are exact. Time and address belong to the same use, and the time never goes back; if uses overlap, either may
/// be the last. A record can be taken away from its token while other threads count: its count has a generation and its
/// time a version, and a thread with old values changes nothing.
class UsageTable {
  public:
    static constexpr std::uint32_t kNone = 0;  ///< Not the number of any record.

    struct Use {
        Instant at{};
        IpAddress from{};
    };
    struct Uses {
        std::int64_t count = 0;
        Use last{};
    };
    /// The state of a record at some time.
    struct Ticket {
        std::uint64_t count = 0;
        std::uint64_t stamp = 0;
    };
    struct Snapshot {
        std::uint32_t number = kNone;
        std::uint64_t generation = 0;
        Uses uses;
        std::int64_t saved = 0;
        std::uint32_t first_flush = 0;
    };

    UsageTable() = default;
    UsageTable(UsageTable const&) = delete;
    UsageTable& operator=(UsageTable const&) = delete;
    ~UsageTable();

    /// Returns a new record.
    /// @param entry  any value that the owner wants to store in it.
    /// @return its number; `kNone` if memory is short.
    [[nodiscard]] std::uint32_t take(std::uint32_t entry) noexcept;
    /// Frees a record in which nothing was counted and which no other thread has seen.
    void give_back(std::uint32_t number) noexcept;
    [[nodiscard]] Ticket ticket(std::uint32_t number) const noexcept;
    /// Counts a use.
    /// @param ticket  drawn while the record was known to belong to the token.
    /// @return false if the record no longer belongs to the token; the use is not counted then.
    bool note(std::uint32_t number, Ticket const& ticket, Use const& use) noexcept;

    void set_entry(std::uint32_t number, std::uint32_t entry) noexcept;
    [[nodiscard]] std::uint32_t entry(std::uint32_t number) const noexcept;
    /// Takes a record away from its token and frees it.
    /// @return the uses counted in it.
    Uses retire(std::uint32_t number) noexcept;
    /// Adds uses of the same token that were counted in another record.
    void add(std::uint32_t number, Uses const& uses) noexcept;
    /// Returns nullopt for a number that was never given out.
    [[nodiscard]] std::optional<Snapshot> look(std::uint32_t number) const noexcept;
    /// Marks the uses in `seen` as stored, if the record still belongs to the same token.
    /// @param flush  number of the flush; kept if it is the record's first.
    void acknowledge_flush(Snapshot const& seen, std::uint32_t flush) noexcept;

    /// Returns the upper bound of all numbers (exclusive).
    [[nodiscard]] std::uint32_t end() const noexcept;

  private:
    struct Record;
    static constexpr std::uint32_t kChunk = 4096;
    static constexpr std::uint32_t kMaxChunks = 16384;  // 67 million records, as many as there are entries

    [[nodiscard]] Record& record(std::uint32_t number) const noexcept;
    [[nodiscard]] bool make_chunk(std::uint32_t number) noexcept;
    static void move_on(Record& record, std::uint64_t stamp, Use const& use) noexcept;
    [[nodiscard]] static Use last_use(Record const& record) noexcept;

    std::array<std::atomic<Record*>, kMaxChunks> chunks_{};
    std::atomic<std::uint32_t> next_{1};
    std::atomic<std::uint64_t> free_{kNone};  // a stack: the number of its top, and in the upper half a counter against the ABA problem
};

}  // namespace warder::index
