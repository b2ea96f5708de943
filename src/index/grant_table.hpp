// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/hazard_domain.hpp"
#include "concurrent/stable_vector.hpp"
#include "warder/grant.hpp"

#include <atomic>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace warder::index {

/// Interns the lists of grants of the registry's tokens and users: stores each distinct list once and gives it a
/// number.
///
/// Any number of threads may call `read` at any time, without a lock; the other functions must be called by one thread
/// at a time. A number may be reused for another list after it was dropped, so a reader must check after `read` that
/// the number is still where it found it.
class GrantTable {
  public:
    static constexpr std::uint32_t kNone = 0;
    static constexpr std::uint32_t kMost = (1U << 25U) - 1;  ///< Numbers fit into 25 bits.

    GrantTable();

    /// Stores a list or reuses the stored copy. Each `keep` needs a `drop`. Throws `std::bad_alloc`; nothing is kept
    /// then.
    /// @return the list's number; `kNone` for null; `kMost` + 1 if all numbers are in use.
    [[nodiscard]] std::uint32_t keep(Grants const& grants);
    void drop(std::uint32_t number) noexcept;

    /// Returns the list, or null if the number is not in use. The list stays valid as long as the caller holds it.
    [[nodiscard]] Grants read(std::uint32_t number) const noexcept;

    /// Returns how many distinct lists are stored.
    [[nodiscard]] std::size_t size() const noexcept { return numbers_.size(); }

  private:
    struct Slot {
        std::atomic<GrantList const*> list{nullptr};
        Grants owned;                        // this and the members below are used only by the writer
        std::string const* texts = nullptr;  ///< The key in `numbers_`, which never moves.
        std::uint32_t uses = 0;
    };

    void sweep() noexcept;

    concurrent::StableVector<Slot> slots_;
    std::unordered_map<std::string, std::uint32_t> numbers_;  // by the texts
    std::vector<std::uint32_t> free_;
    concurrent::HazardDomain<GrantList> hazards_;
    std::vector<Grants> retired_;
};

}  // namespace warder::index
