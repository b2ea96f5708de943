// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <string_view>

/// The web UI's files, served to anyone: nothing in them is secret.
namespace warder::api {

/// Returns whether a path belongs to the web UI, whether or not a file exists there: `/`, an empty path (a target that ends
/// with its authority), and everything below `/ui/`.
/// @param path  not decoded.
[[nodiscard]] bool is_ui_path(std::string_view path) noexcept;

/// Returns the response for one of the UI's paths: index.html at `/`, the others at `/ui/<version>/<name>`.
[[nodiscard]] http::Response answer_ui(http::Request const& request, std::string_view path);

/// Returns whether the client accepts gzip, according to `Accept-Encoding` (RFC 9110 §12.5.3).
[[nodiscard]] bool takes_gzip(http::Request const& request) noexcept;

}  // namespace warder::api
