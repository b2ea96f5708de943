// SPDX-License-Identifier: MIT
#pragma once

#include "api/input.hpp"
#include "warder/token_policy.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

/// The limits of a token in requests and responses. A new limit is declared here, and has the same key in both.
namespace warder::api {

/// A limit of a token.
struct PolicyKey {
    std::string_view name;
    InputField::Kind kind;          ///< What a request gives.
    std::string_view schema;        ///< What a response has, as a JSON schema; the key is missing if the token lacks the limit.
    bool is_minted = true;          ///< Whether a token can be minted with it.
    bool is_nullable = true;        ///< Whether null removes the limit in an edit.
    bool is_shown_to_token = true;  ///< Whether `whoami` shows it to the token itself.
};

/// In the order of responses.
inline constexpr auto kPolicyKeys = std::to_array<PolicyKey>({
    {.name = kEndpointsKey, .kind = InputField::Kind::kGrants, .schema = R"({"$ref":"#/components/schemas/Grants"})"},
    {.name = "allowed_from", .kind = InputField::Kind::kNetworks, .schema = R"({"$ref":"#/components/schemas/Networks"})"},
    {.name = "rate_limit", .kind = InputField::Kind::kRate, .schema = R"({"type":"string","pattern":"^[1-9][0-9]{0,6}/(second|minute|hour|day)$"})"},
    {.name = "enabled",
     .kind = InputField::Kind::kFlag,
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
        if (takes<use>(key)) *end++ = {.kind = key.kind, .name = key.name, .is_nullable = use == PolicyUse::kEdit && key.is_nullable};
    return fields;
}

/// Reads the limits that a request sets.
/// @return a 400 on failure: `bad_grant`, `bad_network` or `bad_rate`.
[[nodiscard]] std::expected<PolicyEdit, http::Response> read_policy(Input const& input);

}  // namespace warder::api
