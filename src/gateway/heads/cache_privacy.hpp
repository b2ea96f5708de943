// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Keeps responses to one user's requests out of shared caches (RFC 9111).
namespace warder::gateway {

/// Where the token of a request stood, as a shared cache in front of Warder sees it.
enum class TokenVisibility : std::uint8_t {
    kNoToken,        ///< The route or the request needed none: what the upstream says about caching is its own affair.
    kAuthorization,  ///< RFC 9111 §3.5 keeps caches from storing the response, unless the response allows it.
    kHidden,         ///< In a header that caches know nothing about.
};

/// What happens to the response's fields about caching.
enum class CacheRule : std::uint8_t {
    kUnchanged,
    kTargetedDropped,  ///< Those for certain caches go; what `Cache-Control` says suffices.
    kKeptFromNginx,    ///< The same, but for nginx, which stores responses to requests with `Authorization` unless it is told not to.
    kMadePrivate,      ///< The same, and `private` is added to `Cache-Control`.
};

/// Chooses the rule. The upstream never sees the token, so that its `public` means nobody in particular.
/// @param fields  of the upstream's response. Pure; doesn't allocate.
[[nodiscard]] CacheRule choose_cache_rule(TokenVisibility token, http::HeaderFields fields) noexcept;

[[nodiscard]] bool is_cache_control(std::string_view name) noexcept;

/// Whether a field tells some caches something other than `Cache-Control` tells all (RFC 9213): `CDN-Cache-Control`, `Surrogate-Control`,
/// `X-Accel-Expires` and their relatives.
[[nodiscard]] bool is_targeted_cache_field(std::string_view name) noexcept;

/// Appends one `Cache-Control` line: the upstream's directives without those that let shared caches store the response, and `private`.
void append_private_cache_control(std::string& out, http::HeaderFields fields);

}  // namespace warder::gateway
