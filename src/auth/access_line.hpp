// SPDX-License-Identifier: MIT
#pragma once

#include "auth/request_context.hpp"
#include "http/request.hpp"

#include <chrono>
#include <string_view>

namespace warder::auth {

/// The path of a target, for the log: without the query, and up to where a token may begin. One in a path opens nothing here, but whoever put it
/// there by mistake uses it elsewhere.
[[nodiscard]] std::string_view loggable_path(std::string_view target) noexcept;

/// The log's line of one request, if such lines are wanted: what was asked, by whom, how it ended and how long that took.
class AccessLine {
  public:
    /// From here on the time counts. The request outlives this.
    AccessLine(RequestContext const& context, http::Request const& request);

    /// @param user  proven; empty: nobody.
    void write(unsigned status, std::string_view user) const;

  private:
    RequestContext const* context_;
    http::Request const* request_;
    std::chrono::steady_clock::time_point began_{};
};

}  // namespace warder::auth
