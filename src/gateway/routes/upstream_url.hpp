// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace warder::gateway {

/// Reads where a route leads: `http://127.0.0.1:25441`, `https://photos.example.org/albums`, `http://[::1]:8080/`.
///
/// ```
/// url  = ( "http" / "https" ) "://" host [ ":" port ] [ path ]     ; RFC 3986 §3
/// host = name / IPv4 / "[" IPv6 "]"                                ; a name may have "_", as container names do; no dot at its end
/// port = 1 to 65535, no leading zero
/// path = as `canonicalize_path` accepts it and leaves it
/// ```
/// @param text  any bytes. @return the URL's parts, else a sentence that says what would be right and quotes nothing: user information may be a
/// secret. Pure; any thread may call it.
[[nodiscard]] std::expected<UpstreamUrl, std::string> read_upstream_url(std::string_view text);

}  // namespace warder::gateway
