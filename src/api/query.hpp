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

/// The most entries that one page of a list has: the upper bound of the parameter `limit`.
inline constexpr std::uint32_t kMaxPage = 1000;

/// A call's query parameters, or the fields of a form, decoded; each at most once.
class Query {
  public:
    /// @param text     what follows the `?`. @param allowed  names with a space between them. @param what  what sentences call one of them.
    /// @return else the 400 that names the parameter.
    static std::expected<Query, http::Response> read(std::string_view text, std::string_view allowed, std::string_view what = "query parameter");

    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;

  private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace warder::api
