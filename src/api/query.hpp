// SPDX-License-Identifier: MIT
#pragma once

#include "http/response.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::api {

/// Maximum number of entries on one page of a list: the upper bound of the parameter `limit`.
inline constexpr std::uint32_t kMaxPage = 1000;

/// A query parameter or form field that a call accepts.
struct Parameter {
    enum class Kind : std::uint8_t {
        kText,
        kLimit,        ///< An integer from 1 to `kMaxPage`.
        kEventId,      ///< A positive integer.
        kUsage,        ///< The word `usage`.
        kExplanation,  ///< The word `explanation`.
        kLastSignIn,   ///< The word `last_sign_in`.
        kWait,         ///< The word `all`.
        kTokenId,      ///< The id of a token; validated by the handler, for which an unknown and an invalid one are the same.
        kDuration,     ///< A duration; validated by the handler, whose error is `bad_life`.
        kUserName,     ///< The name of a user; validated by the handler.
        kOwner,        ///< The name of a user, or `*` for all users; validated by the handler.
    } kind;
    std::string_view name;
    bool is_required = false;
};

/// The decoded query parameters or form fields of a request; each occurs at most once.
class Query {
  public:
    /// @param text  the part after the `?`. @param allowed  what the call accepts. @param what  the noun for a parameter in
    /// messages.
    /// @return a 400 that names the parameter on failure.
    static std::expected<Query, http::Response> read(std::string_view text, std::span<Parameter const> allowed,
                                                     std::string_view what = "query parameter");

    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept;
    /// Returns the value of a parameter that is a number.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const noexcept;

  private:
    std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace warder::api
