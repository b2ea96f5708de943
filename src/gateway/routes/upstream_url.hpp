// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace warder::gateway {

/// Parses the URL of a route's upstream: `http://127.0.0.1:25441`, `https://photos.example.org/albums`, `http://[::1]:8080/`.
///
/// ```
/// url  = ( "http" / "https" ) "://" host [ ":" port ] [ path ]     ; RFC 3986 §3
/// host = name / IPv4 / "[" IPv6 "]"                                ; a name may contain "_", as container names do; no final dot
/// port = 1 to 65535, no leading zero
/// path = any path that `canonicalize_path` accepts and leaves unchanged
/// ```
/// @param text  arbitrary bytes. @return the parts of the URL, or a message that says what would be valid and quotes
/// nothing, since user information may be a secret. Pure; thread-safe.
[[nodiscard]] std::expected<UpstreamUrl, std::string> read_upstream_url(std::string_view text);

}  // namespace warder::gateway
