// SPDX-License-Identifier: MIT
#pragma once

#include "http/response.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::api {

/// Maximum number of entries on one page of a list: the upper bound of the parameter `limit`.
inline constexpr std::uint32_t kMaxPage = 1000;

/// The decoded query parameters or form fields of a request; each occurs at most once.
class Query {
  public:
    /// @param text  the part after the `?`. @param allowed  names separated by spaces. @param what  the noun for a
    /// parameter in messages.
    /// @return a 400 that names the parameter on failure.
    static std::expected<Query, http::Response> read(std::string_view text, std::string_view allowed, std::string_view what = "query parameter");

    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

  private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace warder::api
