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

/// Hop-by-hop headers: the parts of a message that are meant for the next hop only (RFC 9110 §7.6.1).
namespace warder::http {

inline constexpr std::size_t kMaxConnectionNames = 16;

/// The combined content of all `Connection` headers of a message. Holds views of the message.
struct ConnectionOptions {
    bool has_close = false;
    bool has_keep_alive = false;
    bool has_upgrade = false;
    std::array<std::string_view, kMaxConnectionNames> names;  ///< Names of other headers that must not be forwarded.
    std::size_t name_count = 0;

    [[nodiscard]] bool names_field(std::string_view name) const noexcept { return name_count > 0 && is_among_names(name); }

  private:
    [[nodiscard]] bool is_among_names(std::string_view name) const noexcept;
};

/// Parses the `Connection` headers. Elements that are not valid header names are ignored. Pure; does not allocate.
/// @return nullopt if there are more than `kMaxConnectionNames` names.
[[nodiscard]] std::optional<ConnectionOptions> read_connection(http::HeaderFields fields) noexcept;

/// Like `read_connection`, for a request that may be forwarded.
/// @return a 400 error if the request lists Host, Content-Length, Authorization, Cookie or X-Warder-*, which a client
/// must not have removed, or if it lists too many names.
[[nodiscard]] std::expected<ConnectionOptions, http::HeadError> check_connection(http::Request const& request) noexcept;

/// Returns whether the header is hop-by-hop (`Connection`, `Transfer-Encoding` and the like), even if `Connection` does
/// not list it.
[[nodiscard]] bool is_hop_by_hop(std::string_view name) noexcept;

/// Returns whether the request asks for a WebSocket (RFC 6455 §4.1): an HTTP/1.1 GET without a body, with both
/// `Connection: upgrade` and `Upgrade: websocket`.
[[nodiscard]] bool wants_websocket(http::Request const& request, http::HeadFacts const& facts, ConnectionOptions const& connection) noexcept;

/// Returns whether an `Upgrade` header lists `websocket`.
[[nodiscard]] bool offers_websocket(http::HeaderFields fields) noexcept;

}  // namespace warder::http
