// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Keeps responses to one user's requests out of shared caches (RFC 9111).
namespace warder::gateway {

/// How a request carried its token, as seen by a shared cache in front of Warder.
enum class TokenVisibility : std::uint8_t {
    kNoToken,        ///< The request used no token: caching is left to the upstream.
    kAuthorization,  ///< RFC 9111 §3.5 keeps caches from storing the response unless the response allows it.
    kHidden,         ///< In a header that caches don't know.
};

/// What happens to the response's caching fields.
enum class CacheRule : std::uint8_t {
    kUnchanged,
    kTargetedDropped,  ///< Remove fields for particular caches; `Cache-Control` suffices.
    kKeptFromNginx,    ///< The same, except for nginx, which stores responses to requests with `Authorization` unless told otherwise.
    kMadePrivate,      ///< The same, and add `private` to `Cache-Control`.
};

/// Chooses the rule. The upstream never sees the token, so its `public` does not take the user into account.
/// @param fields  of the upstream's response. Pure; does not allocate.
[[nodiscard]] CacheRule choose_cache_rule(TokenVisibility token, http::HeaderFields fields) noexcept;

[[nodiscard]] bool is_cache_control(std::string_view name) noexcept;

/// Returns whether a field gives some caches other instructions than `Cache-Control` gives to all (RFC 9213):
/// `CDN-Cache-Control`, `Surrogate-Control`, `X-Accel-Expires` and their relatives.
[[nodiscard]] bool is_targeted_cache_field(std::string_view name) noexcept;

/// Appends one `Cache-Control` line: the upstream's directives without those that let shared caches store the response, and `private`.
void append_private_cache_control(std::string& out, http::HeaderFields fields);

}  // namespace warder::gateway
