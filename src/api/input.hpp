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
#include <vector>

namespace warder::api {

/// JSON keys of a token, in requests and responses.
inline constexpr std::string_view kDescriptionKey = "jwt_token_description";
inline constexpr std::string_view kLifetimeKey = "jwt_token_life";
inline constexpr std::string_view kEndpointsKey = "endpoints";
inline constexpr std::string_view kOverlapKey = "overlap";

/// A JSON key that a call accepts.
struct InputField {
    /// A duration is a string or a number of seconds; grants are a list of strings.
    enum class Kind : std::uint8_t { kText, kFlag, kDuration, kTexts, kGrants } kind{};
    std::string_view name{};
    bool is_required = false;
    bool is_nullable = false;    ///< Whether null is accepted, and removes a limit.
    std::string_view error{};    ///< The error of an invalid value of this type, if it isn't that of the kind.
    std::string_view schema{};   ///< A JSON schema, if it isn't that of the kind.
    std::string_view example{};  ///< For the message about a value of another type.
};

/// Returns the error of a value that has the right type, but is invalid; empty if there is none.
[[nodiscard]] std::string_view error_of(InputField const& field) noexcept;

/// The JSON object in a request's body, validated against the keys that the call declares: no others, each of its type,
/// no required one missing.
class Input {
  public:
    /// @return a 400 on failure: `bad_json` with the position, `bad_field` with the key, or `bad_life` for a duration
    /// that does not fit a double.
    static std::expected<Input, http::Response> read(std::string_view body, std::span<InputField const> fields);

    /// Returns the string; nullopt if the value is null or the key is absent.
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    /// Returns the list of strings; nullopt if the value is null or the key is absent.
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name) const;
    /// Returns the string, or an empty one. No copy of it remains except in the request.
    [[nodiscard]] crypto::Secret secret(std::string_view name) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return object_.contains({name.data(), name.size()}); }

    /// Returns the list of grants; null if the value is null or the key is absent.
    /// @return a 400 `bad_grant` that points at the invalid character on failure.
    [[nodiscard]] std::expected<Grants, http::Response> grants(std::string_view name) const;
    /// Like `grants`, but nullopt if the key is absent.
    [[nodiscard]] std::expected<std::optional<Grants>, http::Response> grants_if_named(std::string_view name) const;

    /// Returns the duration, validated as a token's lifetime. The key must be present.
    /// @return a 400 `bad_life` on failure.
    [[nodiscard]] std::expected<Seconds, http::Response> lifetime(std::string_view name, Seconds max_lifetime) const;
    /// Returns a non-negative duration of any length.
    [[nodiscard]] std::expected<Seconds, http::Response> span(std::string_view name) const;

  private:
    [[nodiscard]] boost::json::value const* find(std::string_view name) const noexcept { return object_.if_contains({name.data(), name.size()}); }

    boost::json::object object_;
};

/// Returns the 400 for a missing key that only this call can know to be required.
[[nodiscard]] http::Response missing_field(std::string_view name);

}  // namespace warder::api
