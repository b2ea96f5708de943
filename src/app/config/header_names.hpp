// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <string>
#include <string_view>

/// Which request headers a setting may name.
namespace warder::app {

/// Returns whether the gateway sets this header itself: message framing, connection options, and headers that identify
/// the client to the upstream.
[[nodiscard]] bool is_set_by_the_gateway(std::string_view header);

/// Returns whether the header has another meaning for upstreams, or tells the gateway how to authorize a request.
[[nodiscard]] bool has_other_meaning(std::string_view header);

/// Reads the name of a header that clients put a token in.
/// @return the name in lower case or, on failure, what would be valid.
[[nodiscard]] std::expected<std::string, std::string> read_token_header(std::string_view text);

}  // namespace warder::app
