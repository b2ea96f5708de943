// SPDX-License-Identifier: MIT
#pragma once

#include "api/input.hpp"
#include "core/rate_limit_message.hpp"
#include "warder/token_policy.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

/// The limits of a token in requests and responses. A new limit is declared here alone, and has the same key in both.
namespace warder::api {

/// A limit of a token.
struct PolicyKey {
    std::string_view name;
    InputField::Kind kind;  ///< What a request gives.
    /// Reads what a request gives.
    std::expected<void, http::Response> (*read)(Input const& input, PolicyKey const& key, PolicyEdit& edit);
    std::string_view schema;          ///< What a response has, as a JSON schema; the key is missing if the token lacks the limit.
    std::string_view error{};         ///< Of an invalid value.
    std::string_view input_schema{};  ///< What a request gives, as a JSON schema, if it isn't that of the kind.
    std::string_view example{};       ///< For the message about a value that is not a string.
    bool is_minted = true;            ///< Whether a token can be minted with it.
    bool is_nullable = true;          ///< Whether null removes the limit in an edit.
    bool is_shown_to_token = true;    ///< Whether `whoami` shows it to the token itself.
};

/// @param message  returns the sentence about a text, which it gets with quotes around it.
[[nodiscard]] http::Response invalid_limit(PolicyKey const& key, std::string_view text, std::string (*message)(std::string_view quoted));

/// Reads a limit that is a string; null removes it.
/// @tparam limit  the member of PolicyEdit.
/// @tparam parse  returns nullopt for an invalid text.
/// @tparam message  says what is wrong with that, see `invalid_limit`.
template <auto limit, auto parse, auto message>
std::expected<void, http::Response> read_text_limit(Input const& input, PolicyKey const& key, PolicyEdit& edit) {
    auto const text = input.text(key.name);
    auto& wanted = (edit.*limit).emplace();
    if (text) wanted = parse(*text);
    if (text && !wanted) return std::unexpected(invalid_limit(key, *text, message));
    return {};
}

/// Reads a limit that is true or false.
template <auto limit>
std::expected<void, http::Response> read_flag_limit(Input const& input, PolicyKey const& key, PolicyEdit& edit) {
    edit.*limit = input.flag(key.name);
    return {};
}

[[nodiscard]] std::expected<void, http::Response> read_endpoints(Input const& input, PolicyKey const& key, PolicyEdit& edit);
[[nodiscard]] std::expected<void, http::Response> read_networks(Input const& input, PolicyKey const& key, PolicyEdit& edit);

/// In the order of responses.
inline constexpr auto kPolicyKeys = std::to_array<PolicyKey>({
    {.name = kEndpointsKey,
     .kind = InputField::Kind::kGrants,
     .read = &read_endpoints,
     .schema = R"({"$ref":"#/components/schemas/Grants"})",
     .error = "bad_grant"},
    {.name = "allowed_from",
     .kind = InputField::Kind::kTexts,
     .read = &read_networks,
     .schema = R"({"$ref":"#/components/schemas/Networks"})",
     .error = "bad_network",
     .input_schema = R"({"$ref":"#/components/schemas/Networks"})"},
    {.name = "rate_limit",
     .kind = InputField::Kind::kText,
     .read = &read_text_limit<&PolicyEdit::rate_limit, &RateLimit::parse, &core::invalid_rate_limit>,
     .schema = R"({"type":"string","pattern":"^[1-9][0-9]{0,6}/(second|minute|hour|day)$"})",
     .error = "bad_rate",
     .input_schema = R"({"$ref":"#/components/schemas/RateLimit"})",
     .example = "100/minute"},
    {.name = "enabled",
     .kind = InputField::Kind::kFlag,
     .read = &read_flag_limit<&PolicyEdit::is_enabled>,
     .schema = R"({"const":false})",
     .is_minted = false,
     .is_nullable = false,
     .is_shown_to_token = false},
});

/// Which calls set the limits.
enum class PolicyUse : std::uint8_t { kMint, kEdit };

template <PolicyUse use>
constexpr bool takes(PolicyKey const& key) noexcept {
    return use == PolicyUse::kEdit || key.is_minted;
}

/// Returns the keys of the body of a call that sets limits: `others`, then those of the limits.
template <PolicyUse use, std::size_t other_count>
consteval auto with_policy_keys(std::array<InputField, other_count> const& others) {
    constexpr auto kCount = static_cast<std::size_t>(std::ranges::count_if(kPolicyKeys, takes<use>));
    std::array<InputField, other_count + kCount> fields{};
    auto end = std::ranges::copy(others, fields.begin()).out;
    for (auto const& key : kPolicyKeys)
        if (takes<use>(key))
            *end++ = {.kind = key.kind,
                      .name = key.name,
                      .is_nullable = use == PolicyUse::kEdit && key.is_nullable,
                      .error = key.error,
                      .schema = key.input_schema,
                      .example = key.example};
    return fields;
}

/// Reads the limits that a request sets.
/// @return a 400 with the error of the limit on failure.
[[nodiscard]] std::expected<PolicyEdit, http::Response> read_policy(Input const& input);

}  // namespace warder::api
