// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"

#include <span>
#include <string>

namespace warder::api {

/// Returns the OpenAPI 3.1 document of the management API, generated from the table of routes. Thread-safe; the first call
/// writes it.
[[nodiscard]] std::string const& openapi_document();

/// Writes an OpenAPI 3.1 document of these calls.
[[nodiscard]] std::string write_openapi(std::span<ApiRoute const> routes);

}  // namespace warder::api
