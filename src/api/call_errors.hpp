// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace warder::api {

/// What the response to a failed request says: its status, and the key `error` of its body.
struct ErrorCode {
    unsigned status;
    std::string_view slug;
    friend bool operator==(ErrorCode const&, ErrorCode const&) = default;
};

/// Returns all errors of the server, also those of the decision endpoint and the gateway, ordered by status.
[[nodiscard]] std::span<ErrorCode const> all_error_codes() noexcept;

/// Returns the errors with which a call can respond, ordered by status: those that its credential, its path, its query and
/// its body imply, those of every request, and those that its route names.
[[nodiscard]] std::vector<ErrorCode> errors_of(ApiRoute const& route);

}  // namespace warder::api
