// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"

namespace warder::api {

/// Returns all routes of the management API.
[[nodiscard]] std::span<ApiRoute const> all_routes() noexcept;

/// Routes a request to a call, or to the web UI (`kUi`) if no call matches. See `match`.
/// @param has_ui  whether the web UI is on.
[[nodiscard]] Match find_call(std::string_view method, std::string_view path, bool has_ui);

}  // namespace warder::api
