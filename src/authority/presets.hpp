// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Presets: named lists of grants that the operator offers for picking. A token gets their grants; later changes of a
/// preset don't change it.
namespace warder::authority {

struct Preset {
    std::string name;         ///< Unique among all presets.
    std::string description;  ///< What tokens with these grants are for; may be empty.
    Grants endpoints;         ///< Never null in a valid preset.
};

/// Presets in the order in which they are offered.
using Presets = std::vector<Preset>;

/// Finds a preset by its name.
/// @return on failure, a message that names the most similar preset.
[[nodiscard]] std::expected<Preset const*, std::string> find_preset(Presets const& presets, std::string_view name);

/// The presets that are currently offered. Any thread may call any function.
class PresetCatalog {
  public:
    using Shared = std::shared_ptr<Presets const>;

    explicit PresetCatalog(Presets presets = {}) : presets_{std::make_shared<Presets const>(std::move(presets))} {}

    [[nodiscard]] Shared current() const noexcept {
        std::scoped_lock const lock{mutex_};
        return presets_;
    }
    /// @param presets  not null.
    void replace(Shared presets) noexcept {
        std::scoped_lock const lock{mutex_};
        presets_.swap(presets);
    }

  private:
    mutable std::mutex mutex_;
    Shared presets_;
};

}  // namespace warder::authority
