// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <optional>
#include <span>
#include <string_view>

namespace warder::gateway {

/// Why the server behind might read a JSON-RPC body as other characters than those that were judged: the fields say that its bytes are coded, or that
/// they are not UTF-8. A field counts under each name that a careless server takes for it.
/// @return a sentence; nothing if the body is read as it is. Pure; any thread may call it.
[[nodiscard]] std::optional<std::string_view> find_foreign_coding(std::span<http::HeaderField const> fields) noexcept;

}  // namespace warder::gateway
