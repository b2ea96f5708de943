// SPDX-License-Identifier: MIT
#include "authority/presets.hpp"

#include "core/text/edit_distance.hpp"
#include "log/quoted.hpp"

#include <algorithm>

namespace warder::authority {
namespace {

std::string quoted_name(std::string_view name) {
    std::string quoted;
    log::append_quoted(quoted, name);
    return quoted;
}

}  // namespace

std::expected<Preset const*, std::string> find_preset(Presets const& presets, std::string_view name) {
    if (auto const found = std::ranges::find(presets, name, &Preset::name); found != presets.end()) return &*found;
    auto const unknown = "unknown preset " + quoted_name(name);
    if (presets.empty()) return std::unexpected{unknown + ": this server offers no presets"};
    auto const distance = [name](Preset const& preset) { return core::edit_distance(name, preset.name); };
    auto const nearest = std::ranges::min_element(presets, {}, distance);
    if (distance(*nearest) <= std::max<std::size_t>(2, name.size() / 4))
        return std::unexpected{unknown + ": did you mean " + quoted_name(nearest->name) + '?'};
    return std::unexpected{unknown + "; the nearest name is " + quoted_name(nearest->name) + " ('warder preset list' lists all)"};
}

}  // namespace warder::authority
