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

/// The lists of grants that the registry's tokens and users have, each kept once and named by a number.
///
/// `read` may be called by any number of threads at any time and takes no lock; the other calls come from one thread at a time. A number may come to
/// stand for another list once it was dropped: whoever reads makes sure afterwards that where the number was found it still stands.
class GrantTable {
  public:
    static constexpr std::uint32_t kNone = 0;
    static constexpr std::uint32_t kMost = (1U << 25U) - 1;  ///< Numbers fit into 25 bits.

    GrantTable();

    /// @return the list's number, `kNone` for null; each `keep` takes a `drop`. When all numbers are taken: `kMost` + 1. Throws where memory lacks;
    /// then nothing is kept.
    [[nodiscard]] std::uint32_t keep(Grants const& grants);
    void drop(std::uint32_t number) noexcept;

    /// The list, or null if the number is no longer in use. It lives as long as whoever holds it.
    [[nodiscard]] Grants read(std::uint32_t number) const noexcept;

    /// Lists that are kept.
    [[nodiscard]] std::size_t size() const noexcept { return numbers_.size(); }

  private:
    struct Slot {
        std::atomic<GrantList const*> list{nullptr};
        Grants owned;                        // this and what follows are the writer's
        std::string const* texts = nullptr;  ///< The key in `numbers_`, which doesn't move.
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
