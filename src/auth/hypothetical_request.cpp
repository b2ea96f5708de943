// SPDX-License-Identifier: MIT
#include "auth/hypothetical_request.hpp"

#include "core/try.hpp"
#include "http/text.hpp"

namespace warder::auth {

std::expected<HypotheticalRequest, PathError> HypotheticalRequest::read(std::string_view method, std::string_view uri) {
    std::optional<std::string_view> host;
    if (auto const absolute = http::split_absolute(uri)) {
        host = absolute->authority;
        uri = absolute->rest;
        // RFC 3986 §6.2.3: an empty path means the root.
        if (uri.empty() || uri.starts_with('?')) uri = "/";
    }
    auto buffer = std::make_unique<char[]>(uri.size());
    WARDER_TRY(auto const path, canonicalize_path(uri, {buffer.get(), uri.size()}));
    return HypotheticalRequest{method, host, std::move(buffer), path};
}

AccessRequest HypotheticalRequest::access(RpcMethods const* rpc_methods) const {
    std::optional<std::string_view> host;
    if (host_) host = *host_;
    return {.method = method_, .host = host, .path = path_, .rpc_methods = rpc_methods};
}

}  // namespace warder::auth
