// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/routes/route_table.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace warder::gateway {

/// The gateway's origin as a client addresses it.
struct PublicOrigin {
    std::string_view proto;  ///< http or https.
    std::string_view host;   ///< With its port, if there is one in the URL. Empty: unknown, as in HTTP/1.0.
};

/// Why a `Destination` can't be forwarded.
enum class DestinationError : std::uint8_t { kUnreadable, kAnotherHost, kAnotherRoute };

/// Translates URLs between the two names of a resource behind a route: the client's and the upstream's. Non-owning; not
/// thread-safe.
class UrlMap {
  public:
    /// @param route  one of `routes`. Both, and what `origin` refers to, must outlive the map.
    UrlMap(RouteTable const& routes, RouteSettings const& route, PublicOrigin const& origin) noexcept
        : routes_{&routes}, route_{&route}, origin_{origin} {}

    /// Appends the client's URL of the resource to which a `Location` or `Content-Location` points.
    ///
    /// Absolute URLs that start with the upstream's URL become URLs of the gateway; a default port may be omitted. So do
    /// URLs with the client's own host, and paths, provided that the upstream's URL has a path, they are below it, and no
    /// route covers them.
    /// @return false if the URL points elsewhere or is relative; nothing was appended.
    bool append_client_url(std::string& out, std::string_view url) const;

    /// Appends a `Refresh` with the URL in it translated. @return like `append_client_url`.
    bool append_client_refresh(std::string& out, std::string_view refresh) const;

    /// Appends the upstream's URL of the resource that a request's `Destination` names: an absolute URL or a path, as in the
    /// request. Other text is appended unchanged if it can't leave the directory of the request's own path.
    /// @return the error if the route does not lead there; nothing was appended.
    std::expected<void, DestinationError> append_upstream_destination(std::string& out, std::string_view destination) const;

    /// Appends a WebDAV `If` (RFC 4918 §10.4) with the URLs of resources in it translated to the upstream's. URLs that can't
    /// be translated stay unchanged.
    void append_upstream_condition(std::string& out, std::string_view condition) const;

  private:
    [[nodiscard]] bool is_upstream(std::string_view scheme, std::string_view authority) const noexcept;
    [[nodiscard]] bool is_gateway(std::string_view scheme, std::string_view authority) const noexcept;
    [[nodiscard]] bool is_covered(std::string_view rest) const;
    bool append_origin_and_path(std::string& out, std::string_view rest) const;
    bool append_client_path(std::string& out, std::string_view rest) const;
    bool append_url_of_gateway(std::string& out, std::string_view scheme, std::string_view rest) const;
    void append_origin(std::string& out) const;

    RouteTable const* routes_;
    RouteSettings const* route_;
    PublicOrigin origin_;
};

}  // namespace warder::gateway
