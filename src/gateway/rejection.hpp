// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/proxy.hpp"
#include "gateway/routes/routed_path.hpp"
#include "http/response.hpp"

#include <cstddef>
#include <string_view>

/// Responses that the gateway sends in place of an upstream.
namespace warder::gateway {

/// Appends such a response to the client's output. Appends nothing if it throws because memory ran out.
/// @param is_body_read  whether the request's body was read to its end, or there is none; if not, the connection ends.
/// @return whether the client's connection can take another request.
bool reject(Forwarding const& forwarding, RoutedPath const& path, http::Response response, bool is_body_read, std::string_view date);

/// The status of a request that fails because memory ran out.
inline constexpr unsigned kOutOfMemoryStatus = 503;

/// Replaces what was appended for the request by a 503: memory ran out. The connection ends.
/// @param out_before  size of the client's output before that.
void reject_without_memory(Forwarding const& forwarding, std::size_t out_before, std::string_view date) noexcept;

}  // namespace warder::gateway
