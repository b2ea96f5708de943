// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <optional>
#include <string_view>

/// The web UI's files, served to anyone: nothing in them is secret.
namespace warder::api {

/// Whether a path is the web UI's, whether or not something is there: `/`, which a target that ends
/// with its authority means too, and all below `/ui/`.
/// @param path  of a target, raw.
[[nodiscard]] bool is_ui_path(std::string_view path) noexcept;

/// Returns the response for one of the UI's paths: index.html at `/`, the others at `/ui/<version>/<name>`.
[[nodiscard]] http::Response answer_ui(http::Request const& request, std::string_view path);

/// Returns whether the client accepts gzip, according to `Accept-Encoding` (RFC 9110 §12.5.3).
[[nodiscard]] bool takes_gzip(http::Request const& request) noexcept;

}  // namespace warder::api
