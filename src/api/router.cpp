// SPDX-License-Identifier: MIT
#include "api/router.hpp"

#include <algorithm>
#include <optional>

namespace warder::api {
namespace {

constexpr std::string_view kApi = "/api";
constexpr std::string_view kVersion = "/v1alpha";
constexpr std::string_view kHealth = "/healthz";

bool starts_with_segment(std::string_view path, std::string_view segment) noexcept {
    return path.starts_with(segment) && (path.size() == segment.size() || path[segment.size()] == '/');
}

struct Located {
    std::string_view base;
    std::string_view rest;  ///< The part that patterns are matched with; no trailing slash.
};

std::optional<Located> locate(std::string_view path) noexcept {
    auto rest = path;
    if (starts_with_segment(rest, kApi)) rest.remove_prefix(kApi.size());
    auto const cut = path.size() - rest.size();
    if (rest.size() > 1 && rest.ends_with('/')) rest.remove_suffix(1);
    if (starts_with_segment(rest, kHealth) || (cut == 0 && rest == kOpenApiPath)) return Located{path.substr(0, cut), rest};
    if (!starts_with_segment(rest, kVersion)) return std::nullopt;
    rest.remove_prefix(kVersion.size());
    if (starts_with_segment(rest, kHealth) || rest == kOpenApiPath) return std::nullopt;  // these have no version in their path
    return Located{path.substr(0, cut + kVersion.size()), rest};
}

/// Matches segment by segment.
/// @return what the pattern's `{…}` captured (empty without one); nullopt if it does not match.
std::optional<std::string_view> fit(std::string_view pattern, std::string_view path) noexcept {
    auto const open = pattern.find('{');
    if (open == std::string_view::npos) return pattern == path ? std::optional{std::string_view{}} : std::nullopt;
    auto const tail = pattern.substr(pattern.find('}') + 1);
    if (!path.starts_with(pattern.substr(0, open))) return std::nullopt;
    path.remove_prefix(open);
    auto const end = std::min(path.find('/'), path.size());
    if (end == 0 || path.substr(end) != tail) return std::nullopt;
    return path.substr(0, end);
}

void add_method(std::string& allow, std::string_view method) {
    if (!allow.empty()) allow += ", ";
    allow += method;
    if (method == "GET") allow += ", HEAD";
}

}  // namespace

Match match(std::span<ApiRoute const> routes, std::string_view method, std::string_view path) {
    Match found;
    auto const located = locate(path);
    if (!located) return found;
    found.base = located->base;
    auto const wanted = method == "HEAD" ? std::string_view{"GET"} : method;
    for (auto const& route : routes) {
        auto const captured = fit(route.pattern, located->rest);
        if (!captured) continue;
        if (found.route == nullptr) found.route = &route;
        if (route.method != wanted) continue;
        found.kind = Match::Kind::kRoute;
        found.route = &route;
        found.captured = *captured;
        return found;
    }
    if (found.route == nullptr) return found;
    for (auto const& route : routes) {
        if (fit(route.pattern, located->rest)) add_method(found.allow, route.method);
    }
    add_method(found.allow, "OPTIONS");
    found.kind = method == "OPTIONS" ? Match::Kind::kOptions : Match::Kind::kWrongMethod;
    return found;
}

}  // namespace warder::api
