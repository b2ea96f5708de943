// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "http/request.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// What a request presents to say who asks; read strictly, judged by nobody here.
namespace warder::auth {

struct NoAuthorization {};
/// Another scheme, or one of ours with something that can't be right.
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

/// Reads one `Authorization` value: `Bearer` b64token (RFC 6750 §2.1) or `Basic` with strict base64 of UTF-8 (RFC 7617), schemes in any case.
[[nodiscard]] AuthorizationValue read_authorization(std::string_view value);

/// More than one `Authorization` or `X-Warder-Token`, or one beside the other: refused before either is read.
[[nodiscard]] bool is_ambiguous(http::Request const& request) noexcept;

/// Whether a page in a browser asks, by its own script or with the UI's cookie: a Basic challenge would open the browser's dialog.
[[nodiscard]] bool is_from_page(http::Request const& request) noexcept;

/// Why a page of another site counts as the sender of this request (`Sec-Fetch-Site`, or `Origin` against `Host`): a sentence that names both sides,
/// escaped and bounded. Nothing if none does.
[[nodiscard]] std::optional<std::string> find_cross_site(http::Request const& request);

}  // namespace warder::auth
