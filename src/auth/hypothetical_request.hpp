// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace warder::auth {

/// A request that a client asks about, given as a method and a path or an absolute URL. Owns what its `AccessRequest`
/// refers to.
class HypotheticalRequest {
  public:
    /// @param uri  a path, or an http or https URL without user information, whose authority becomes the host. The
    /// query is removed.
    static std::expected<HypotheticalRequest, PathError> read(std::string_view method, std::string_view uri);

    /// Returns the access request. It is valid as long as this object and `rpc_methods`.
    [[nodiscard]] AccessRequest access(RpcMethods const* rpc_methods) const;

  private:
    HypotheticalRequest(std::string_view method, std::optional<std::string_view> host, std::unique_ptr<char[]> buffer, CanonicalPath path)
        : method_{method}, host_{host}, buffer_{std::move(buffer)}, path_{path} {}

    std::string method_;
    std::optional<std::string> host_;
    std::unique_ptr<char[]> buffer_;  // holds the path at an address that is stable under moves
    CanonicalPath path_;
};

}  // namespace warder::auth
