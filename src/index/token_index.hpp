// SPDX-License-Identifier: MIT
#pragma once

#include "index/registry.hpp"
#include "index/user_directory.hpp"
#include "warder/store.hpp"

#include <cstdint>
#include <span>

namespace warder::index {

/// The in-memory state that requests are decided from, kept current by the store's changes. While the complete content
/// is reported again, the old state stays in force: what is reported replaces it piece by piece, and what was not
/// reported is removed at the end.
class TokenIndex final : public authority::ChangeListener {
  public:
    /// @param seed  unpredictable; see `Registry`.
    explicit TokenIndex(std::uint64_t seed) : registry_{seed} {}

    void on_changes(std::span<authority::Change const> changes) override;

    [[nodiscard]] Registry const& registry() const noexcept { return registry_; }
    [[nodiscard]] UserDirectory const& directory() const noexcept { return directory_; }

  private:
    Registry registry_;
    UserDirectory directory_;
};

}  // namespace warder::index
