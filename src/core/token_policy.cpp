// SPDX-License-Identifier: MIT
#include "core/token_policy.hpp"

#include "core/json.hpp"
#include "core/text/json_writer.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace warder::core {
namespace {

namespace json = boost::json;

constexpr std::string_view kEndpoints = "endpoints";
constexpr std::string_view kEnabled = "enabled";

bool is_limit(std::string_view key) noexcept { return key == kEndpoints || key == kEnabled; }

}  // namespace

std::string write_grants(GrantList const& grants) {
    std::string text;
    append_json_grants(text, grants);
    return text;
}

std::optional<Grants> read_grants(json::value const& value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (auto const& item : value.get_array()) {
        if (!item.is_string()) return std::nullopt;
        texts.emplace_back(item.get_string());
    }
    auto grants = GrantList::parse(texts, GrantOrigin::kStored);
    if (!grants) return std::nullopt;
    return std::move(*grants);
}

std::optional<Grants> read_grants(std::string_view text) {
    auto const value = read_json(text);
    return value ? read_grants(*value) : std::nullopt;
}

void append_policy(JsonObject& object, TokenPolicy const& policy) {
    object.grants_if_any(kEndpoints, policy.endpoints.get());
    if (!policy.is_enabled) object.flag(kEnabled, false);
}

std::string write_policy(TokenPolicy const& policy) {
    std::string text;
    JsonObject object{text};
    append_policy(object, policy);
    object.close();
    return text;
}

std::optional<TokenPolicy> read_policy(std::string_view text) {
    auto const value = read_json(text);
    if (!value || !value->is_object()) return std::nullopt;
    if (!std::ranges::all_of(value->get_object(), [](auto const& member) { return is_limit(member.key()); })) return std::nullopt;
    auto policy = read_limits(value->get_object());
    return policy != TokenPolicy{} ? policy : std::nullopt;
}

std::optional<TokenPolicy> read_limits(json::object const& object, TokenPolicy const& defaults) {
    auto policy = defaults;
    if (auto const* const endpoints = object.if_contains(kEndpoints)) {
        auto grants = endpoints->is_null() ? Grants{} : read_grants(*endpoints);
        if (!grants) return std::nullopt;
        policy.endpoints = std::move(*grants);
    }
    if (auto const* const enabled = object.if_contains(kEnabled)) {
        if (!enabled->is_bool()) return std::nullopt;
        policy.is_enabled = enabled->get_bool();
    }
    return policy;
}

void set_limits(json::object& object, TokenPolicy const& policy, TokenPolicy const& defaults) {
    if (policy.is_enabled) object.erase(kEnabled);
    else object[kEnabled] = false;
    if (policy.endpoints == nullptr && defaults.endpoints == nullptr && !object.contains(kEndpoints)) return;
    json::value endpoints;
    if (policy.endpoints != nullptr)
        for (auto const& grant : policy.endpoints->grants())
            (endpoints.is_array() ? endpoints.get_array() : endpoints.emplace_array()).emplace_back(grant.text());
    object[kEndpoints] = std::move(endpoints);
}

}  // namespace warder::core
