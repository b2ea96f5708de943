// SPDX-License-Identifier: MIT
#pragma once

#include "http/router.hpp"

namespace warder::http {

/// Every call of the API.
[[nodiscard]] std::span<Route const> all_routes() noexcept;

}  // namespace warder::http
