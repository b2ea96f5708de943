// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "core/rules.hpp"
#include "http/text.hpp"
#include "warder/error.hpp"

#include <expected>
#include <string>
#include <utility>

namespace warder::api {

/// Returns the user's name in the path, decoded once. Fails if no user can have that name.
[[nodiscard]] inline authority::Result<std::string> user_in_path(Call const& call) {
    auto name = http::percent_decode(call.captured, false);
    if (!name || !core::is_user_name(*name)) return std::unexpected{authority::Error::kUserNotFound};
    return std::move(*name);
}

}  // namespace warder::api
