// SPDX-License-Identifier: MIT
#pragma once

#include "authority/directory.hpp"
#include "authority/registry.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <span>

namespace warder::authority {

/// Everything that is decided from memory, kept current by the store's changes. While the whole content is told again, what was known stays in force:
/// what is told replaces it piece by piece, and what was not told goes at the end.
class LiveState final : public Listener {
  public:
    /// @param seed  unpredictable; see `Registry`.
    explicit LiveState(std::uint64_t seed) : registry_{seed} {}

    void on_changes(std::span<Change const> changes) override;

    [[nodiscard]] Registry const& registry() const noexcept { return registry_; }
    [[nodiscard]] Directory const& directory() const noexcept { return directory_; }

  private:
    Registry registry_;
    Directory directory_;
};

}  // namespace warder::authority
