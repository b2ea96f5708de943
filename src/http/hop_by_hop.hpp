// SPDX-License-Identifier: MIT
#pragma once

#include "http/field_name.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

/// What a message says to the next hop alone (RFC 9110 §7.6.1).
namespace warder::http {

inline constexpr std::size_t kMaxConnectionNames = 16;

/// What the `Connection` headers of a message say, all of them together. Views of the message.
struct ConnectionOptions {
    bool says_close = false;
    bool says_keep_alive = false;
    bool says_upgrade = false;
    std::array<std::string_view, kMaxConnectionNames> names;  ///< Of other headers, which end here.
    std::size_t name_count = 0;

    [[nodiscard]] bool names_field(std::string_view name) const noexcept { return name_count > 0 && is_among_names(name); }

  private:
    [[nodiscard]] bool is_among_names(std::string_view name) const noexcept;
};

/// What can't name a header is left out.
/// @return nullopt if there are more than `kMaxConnectionNames` names. Pure; doesn't allocate.
[[nodiscard]] std::optional<ConnectionOptions> read_connection(http::HeaderFields fields) noexcept;

/// `read_connection` of a request that may go upstream.
/// @return 400 for one that wants Host, Content-Length, Authorization, Cookie or X-Warder-* dropped, which are not the client's to take away, or
/// that names too many.
[[nodiscard]] std::expected<ConnectionOptions, http::HeadRefusal> check_connection(http::Request const& request) noexcept;

/// `Connection`, `Transfer-Encoding` and their kin, whether `Connection` names them or not.
[[nodiscard]] bool is_hop_by_hop(std::string_view name) noexcept;

/// Whether the client asks for a WebSocket (RFC 6455 §4.1): GET in HTTP/1.1 without a body, by `Connection` and by `Upgrade`.
[[nodiscard]] bool wants_websocket(http::Request const& request, http::HeadFacts const& facts, ConnectionOptions const& connection) noexcept;

/// Whether an `Upgrade` header lists `websocket`.
[[nodiscard]] bool offers_websocket(http::HeaderFields fields) noexcept;

}  // namespace warder::http
