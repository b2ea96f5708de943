// SPDX-License-Identifier: MIT
#pragma once

#include "auth/request_context.hpp"
#include "http/request.hpp"

#include <chrono>
#include <string_view>

namespace warder::auth {

/// Returns the path of a request target in a form that is safe to log: without the query, and cut where a token may
/// begin. A token in a path is not accepted here, but a client that put it there by mistake may use it elsewhere.
[[nodiscard]] std::string_view loggable_path(std::string_view target) noexcept;

/// Writes the access-log line of one request, if the access log is enabled: method, path, user, status and duration.
class AccessLine {
  public:
    /// Starts measuring the duration. The request must outlive this object.
    AccessLine(RequestContext const& context, http::Request const& request);

    /// @param user  the authenticated user; empty if there is none.
    void write(unsigned status, std::string_view user) const;

  private:
    RequestContext const* context_;
    http::Request const* request_;
    std::chrono::steady_clock::time_point began_{};
};

}  // namespace warder::auth
