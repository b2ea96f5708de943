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
constexpr std::string_view kAllowedFrom = "allowed_from";
constexpr std::string_view kRateLimit = "rate_limit";
constexpr std::string_view kEnabled = "enabled";

bool is_limit(std::string_view key) noexcept { return key == kEndpoints || key == kAllowedFrom || key == kRateLimit || key == kEnabled; }

/// Reads a JSON array of strings.
std::optional<std::vector<std::string>> read_strings(json::value const& value) {
    if (!value.is_array()) return std::nullopt;
    std::vector<std::string> texts;
    for (auto const& item : value.get_array()) {
        if (!item.is_string()) return std::nullopt;
        texts.emplace_back(item.get_string());
    }
    return texts;
}

std::optional<Networks> read_networks(json::value const& value) {
    auto const texts = read_strings(value);
    if (!texts) return std::nullopt;
    auto networks = NetworkList::parse(*texts);
    if (!networks) return std::nullopt;
    return std::move(*networks);
}

json::array array_of(NetworkList const& networks) {
    json::array array;
    for (auto const& network : networks.networks()) array.emplace_back(network_text(network));
    return array;
}

void append_networks(JsonObject& object, NetworkList const& networks) {
    std::string list{'['};
    for (auto const& network : networks.networks()) {
        if (list.size() > 1) list += ',';
        append_json_string(list, network_text(network));
    }
    object.json(kAllowedFrom, list += ']');
}

}  // namespace

std::string write_grants(GrantList const& grants) {
    std::string text;
    append_json_grants(text, grants);
    return text;
}

std::optional<Grants> read_grants(json::value const& value) {
    auto const texts = read_strings(value);
    if (!texts) return std::nullopt;
    auto grants = GrantList::parse(*texts, GrantOrigin::kStored);
    if (!grants) return std::nullopt;
    return std::move(*grants);
}

std::optional<Grants> read_grants(std::string_view text) {
    auto const value = read_json(text);
    return value ? read_grants(*value) : std::nullopt;
}

void append_policy(JsonObject& object, TokenPolicy const& policy) {
    object.grants_if_any(kEndpoints, policy.endpoints.get());
    if (policy.allowed_from != nullptr) append_networks(object, *policy.allowed_from);
    if (policy.rate_limit) object.text(kRateLimit, policy.rate_limit->text());
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
    if (auto const* const allowed_from = object.if_contains(kAllowedFrom)) {
        auto networks = read_networks(*allowed_from);
        if (!networks) return std::nullopt;
        policy.allowed_from = std::move(*networks);
    }
    if (auto const* const rate_limit = object.if_contains(kRateLimit)) {
        if (!rate_limit->is_string()) return std::nullopt;
        policy.rate_limit = RateLimit::parse({rate_limit->get_string().data(), rate_limit->get_string().size()});
        if (!policy.rate_limit) return std::nullopt;
    }
    if (auto const* const enabled = object.if_contains(kEnabled)) {
        if (!enabled->is_bool()) return std::nullopt;
        policy.is_enabled = enabled->get_bool();
    }
    return policy;
}

void set_limits(json::object& object, TokenPolicy const& policy, TokenPolicy const& defaults) {
    if (policy.allowed_from == nullptr) object.erase(kAllowedFrom);
    else object[kAllowedFrom] = array_of(*policy.allowed_from);
    if (!policy.rate_limit) object.erase(kRateLimit);
    else object[kRateLimit] = policy.rate_limit->text();
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
