// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"

namespace warder::api {

/// Returns all routes of the management API.
[[nodiscard]] std::span<ApiRoute const> all_routes() noexcept;

}  // namespace warder::api
