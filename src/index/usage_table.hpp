// SPDX-License-Identifier: MIT
#pragma once

#include "warder/token.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

namespace warder::index {

/// How often tokens were used, and when and from where the last time: 48 bytes for each one that was. Which token a record is for, its user knows.
///
/// `take`, `give_back`, `ticket` and `note` may be called by any number of threads at any time: they take no lock and wait for nobody. The other
/// calls come from one thread at a time.
///
/// Uses are counted exactly. Time and address are of one use and never go back; of uses that overlap, the one or the other is the last. A record can
/// be taken away from its token while others count: its count has a generation, its time a version, and who comes with an old one changes nothing.
class UsageTable {
  public:
    static constexpr std::uint32_t kNone = 0;  ///< No record's number.

    struct Use {
        Instant at{};
        IpAddress from{};
    };
    struct Uses {
        std::int64_t count = 0;
        Use last{};
    };
    /// How a record was at some time.
    struct Ticket {
        std::uint64_t count = 0;
        std::uint64_t stamp = 0;
    };
    struct Snapshot {
        std::uint32_t number = kNone;
        std::uint64_t generation = 0;
        Uses uses;
        std::int64_t saved = 0;
        std::uint32_t first_saving = 0;
    };

    UsageTable() = default;
    UsageTable(UsageTable const&) = delete;
    UsageTable& operator=(UsageTable const&) = delete;
    ~UsageTable();

    /// A fresh record. @param place  whatever the user wants to find in it. @return `kNone` where there is no memory.
    [[nodiscard]] std::uint32_t take(std::uint32_t place) noexcept;
    /// One in which nothing was noted, and that nobody else has seen.
    void give_back(std::uint32_t number) noexcept;
    [[nodiscard]] Ticket ticket(std::uint32_t number) const noexcept;
    /// @param ticket  drawn while the record was known to be the token's. @return whether it still was, and the use is counted.
    bool note(std::uint32_t number, Ticket const& ticket, Use const& use) noexcept;

    void set_place(std::uint32_t number, std::uint32_t place) noexcept;
    [[nodiscard]] std::uint32_t place(std::uint32_t number) const noexcept;
    /// Takes a record away from its token. @return what was noted in it.
    Uses retire(std::uint32_t number) noexcept;
    /// Adds what was noted elsewhere of the same token.
    void add(std::uint32_t number, Uses const& uses) noexcept;
    /// Nothing for a number that nobody has.
    [[nodiscard]] std::optional<Snapshot> look(std::uint32_t number) const noexcept;
    /// As many as were seen are saved, if the record is still the same token's. @param saving  is kept if it is the first time.
    void mark_saved(Snapshot const& seen, std::uint32_t saving) noexcept;

    /// Numbers are below this.
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
    std::atomic<std::uint64_t> free_{kNone};  // a stack: its top's number, above it a count that keeps an old top from being taken for the same again
};

}  // namespace warder::index
