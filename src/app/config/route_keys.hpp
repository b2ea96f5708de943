// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/keys.hpp"
#include "gateway/routes/route.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

/// The settings that a `[[route]]` has, as data.
namespace warder::app {

struct RouteKey {
    /// Puts a value, given as text, where it belongs. @return a sentence's end that says what would be right, if the value is not: "it takes ...".
    using Apply = std::optional<std::string> (*)(gateway::RouteSettings&, std::string const&);

    std::string_view name;
    Key::Kind kind;
    Apply apply;
    bool is_required = false;
    bool may_hold_secret = false;  ///< People who mistake it write the secret itself there: its value is never repeated.
};

[[nodiscard]] std::span<RouteKey const> all_route_keys();
[[nodiscard]] RouteKey const* find_route_key(std::string_view name);
[[nodiscard]] RouteKey const& nearest_route_key(std::string_view name);

}  // namespace warder::app
