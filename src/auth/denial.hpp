// SPDX-License-Identifier: MIT
#pragma once

#include "auth/denial_reason.hpp"
#include "http/response.hpp"
#include "warder/verifier.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace warder::http {
struct Request;
}  // namespace warder::http

/// Denials: why a request may not pass, and the response that says so.
namespace warder::auth {

/// Where a request is denied.
enum class Surface : std::uint8_t {
    kApi,       ///< The management API.
    kDecision,  ///< `/auth`.
    kGateway,
    kUi,  ///< The files of the web UI. Nothing is denied there; metrics tell them apart.
};
inline constexpr std::size_t kSurfaces = 4;

/// Returns the surface's name in logs and metrics.
[[nodiscard]] std::string_view code(Surface surface) noexcept;

/// Returns the reason's name in logs and metrics.
[[nodiscard]] std::string_view code(DenialReason reason) noexcept;

/// Returns the reason for which a token is denied that does not verify.
[[nodiscard]] DenialReason reason_of(authority::TokenError error) noexcept;

/// Specter's message of a 401: the user name and password are missing or wrong.
inline constexpr std::string_view kUnauthorizedMessage =
    "The server could not verify that you are authorized to access the URL requested. You either supplied the wrong credentials (e.g. a bad "
    "password), or your browser doesn't understand how to supply the credentials required.";

/// A denied request, as far as its response says why.
struct Denial {
    DenialReason reason{};
    std::string message{};                              ///< Replaces the default message of the reason, if it isn't empty.
    std::optional<unsigned> status{};                   ///< Replaces the default status of the reason.
    std::optional<std::chrono::seconds> retry_after{};  ///< For reasons that end by themselves.
};

/// Returns the denial of a request whose `Host` the listener does not serve.
/// @param setting  the name of the setting that lists the hosts.
[[nodiscard]] Denial misdirected(std::string_view host, std::string_view setting);

/// The challenges that a 401 offers (RFC 9110 §11.6.1).
struct Challenges {
    bool has_basic = true;
    bool has_bearer = true;
    bool is_script = false;  ///< A page's script sent the request: a Basic challenge would open the browser's dialog.
};

/// Returns the response to a denied request. Errors of use cases have their own responses, see `errors.hpp`.
/// @param challenges  for reasons with status 401.
[[nodiscard]] http::Response to_response(Denial const& denial, Surface surface, Challenges const& challenges = {});

}  // namespace warder::auth
