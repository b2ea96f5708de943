// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "http/response.hpp"
#include "warder/duration.hpp"
#include "warder/grant.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::api {

/// Keys of a token, in requests and responses.
inline constexpr std::string_view kDescriptionKey = "jwt_token_description";
inline constexpr std::string_view kLifetimeKey = "jwt_token_life";
inline constexpr std::string_view kEndpointsKey = "endpoints";

/// A key that a call takes.
struct InputField {
    /// A duration is a text or a number of seconds; grants are a list of texts or, where there may be a limit to lift, null.
    enum class Kind : std::uint8_t { kText, kFlag, kDuration, kGrants, kGrantsOrNull } kind;
    std::string_view name;
    bool is_required = false;
};

/// A request's JSON object, checked against what the call declares: only these keys, of these types, none missing.
class Input {
  public:
    /// @return else 400 `bad_json`, with the place, `bad_field`, with the key, or `bad_life` for a duration that no double can hold.
    static std::expected<Input, http::Response> read(std::string_view body, std::span<InputField const> fields);

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    /// The text, or an empty one, of which no copy is left but in the request.
    [[nodiscard]] crypto::Secret secret(std::string_view name) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return object_.contains({name.data(), name.size()}); }

    /// The list of grants, null for null; 400 `bad_grant`, which points at the character, else. Null too where the key is not there.
    [[nodiscard]] std::expected<Grants, http::Response> grants(std::string_view name) const;
    /// As above, and whether the key is there.
    [[nodiscard]] std::expected<std::optional<Grants>, http::Response> grants_if_named(std::string_view name) const;

    /// The duration, judged as the life of a token; 400 `bad_life` else. The key must be there.
    [[nodiscard]] std::expected<Seconds, http::Response> life(std::string_view name, Seconds max_life) const;
    /// A duration of any length that is not negative.
    [[nodiscard]] std::expected<Seconds, http::Response> span(std::string_view name) const;

  private:
    [[nodiscard]] boost::json::value const* find(std::string_view name) const noexcept { return object_.if_contains({name.data(), name.size()}); }

    boost::json::object object_;
};

/// A required key whose absence only the call can judge.
[[nodiscard]] http::Response refuse_missing(std::string_view name);

}  // namespace warder::api
