// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"

namespace warder::api {

/// Every call of the API.
[[nodiscard]] std::span<ApiRoute const> all_routes() noexcept;

}  // namespace warder::api
