// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace warder::gateway {

/// Returns why an upstream might decode a JSON-RPC body to other characters than those that were authorized: the header
/// fields say that its bytes are compressed or otherwise encoded, or are not UTF-8. A field counts under every name that a
/// lenient server takes for it.
/// @return a sentence; nullopt if the body is UTF-8 as it is. Pure; thread-safe.
[[nodiscard]] std::optional<std::string_view> find_foreign_coding(std::span<http::HeaderField const> fields) noexcept;

}  // namespace warder::gateway
