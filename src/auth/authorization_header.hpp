// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "http/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The value of an `Authorization` header: strictly parsed, but not yet verified.
namespace warder::auth {

struct NoAuthorization {};
/// An unknown scheme, or a known one with an invalid value.
struct MalformedAuthorization {
    bool is_bearer = false;
};
struct BearerAuthorization {
    std::string_view token;  ///< A view of the request.
};
struct BasicAuthorization {
    std::string username;
    crypto::Secret password;
};
using AuthorizationValue = std::variant<NoAuthorization, MalformedAuthorization, BearerAuthorization, BasicAuthorization>;

/// Parses an `Authorization` value: `Bearer` with a b64token (RFC 6750 §2.1), or `Basic` with strict base64 of UTF-8
/// (RFC 7617). Schemes are case-insensitive.
[[nodiscard]] AuthorizationValue read_authorization(std::string_view value);

/// Returns whether a web page sent the request, by script or with the UI's cookie. A Basic challenge would then open
/// the browser's dialog.
[[nodiscard]] bool is_from_page(http::Request const& request) noexcept;

/// Checks whether a page of another site sent this request (`Sec-Fetch-Site`, or `Origin` compared with `Host`).
/// @return the reason, as a sentence that names both origins, escaped and bounded; nullopt if the request is not
/// cross-site.
[[nodiscard]] std::optional<std::string> find_cross_site(http::Request const& request);

}  // namespace warder::auth
