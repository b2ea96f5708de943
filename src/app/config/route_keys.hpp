// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/keys.hpp"
#include "gateway/routes/route.hpp"

#include <expected>
#include <span>
#include <string>
#include <string_view>

/// The table of the settings of a `[[route]]`.
namespace warder::app {

struct RouteKey {
    /// On failure, the end of a message that says why: "expected ...".
    using Result = std::expected<void, std::string>;
    /// Parses a value and stores it.
    using Apply = Result (*)(gateway::RouteSettings&, std::string const&);

    std::string_view name;
    Key::Kind kind;
    Apply apply;
    bool is_required = false;
    bool may_hold_secret = false;  ///< Users may put the secret itself here by mistake, so the value is never repeated in messages.
};

[[nodiscard]] std::span<RouteKey const> all_route_keys();
[[nodiscard]] RouteKey const* find_route_key(std::string_view name);
[[nodiscard]] RouteKey const& nearest_route_key(std::string_view name);

}  // namespace warder::app
