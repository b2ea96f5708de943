// SPDX-License-Identifier: MIT
// The input is a method, a space, and a target.
#include "api/router.hpp"
#include "demand.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace warder::fuzz {
namespace {

using api::Auth;
using Kind = api::Match::Kind;

constexpr auto kRoutes = std::to_array<api::ApiRoute>({
    {"GET", "/whoami", Auth::kAny, nullptr},
    {"POST", "/token", Auth::kPassword, nullptr},
    {"GET", "/token", Auth::kPassword, nullptr},
    {"DELETE", "/token/{id}", Auth::kPassword, nullptr},
    {"POST", "/token/{id}/renew", Auth::kPassword, nullptr},
    {"PUT", "/users/{name}/password", Auth::kAdminOrSelf, nullptr},
    {"GET", "/healthz/liveness", Auth::kNone, nullptr},
});

std::vector<std::string> segments_of(std::string_view path) {
    std::vector<std::string> segments;
    for (char const c : path) {
        if (c == '/') segments.emplace_back();
        else segments.back() += c;
    }
    return segments;
}

/// Returns whether a path matches a pattern; both are split at their slashes.
bool fits(std::vector<std::string> const& pattern, std::vector<std::string> const& path) {
    if (pattern.size() != path.size()) return false;
    for (std::size_t at = 0; at < path.size(); ++at) {
        bool const is_open = pattern[at].starts_with('{');
        if (is_open ? path[at].empty() : path[at] != pattern[at]) return false;
    }
    return true;
}

struct Expected {
    std::vector<api::ApiRoute const*> at_path;
    api::ApiRoute const* route = nullptr;  ///< The first of those that also has the method.
};

Expected look_up(std::string_view method, std::string_view path) {
    Expected expected;
    if (!path.starts_with('/')) return expected;
    auto segments = segments_of(path);
    if (segments.size() > 1 && segments.back().empty()) segments.pop_back();
    if (segments.front() == "api") segments.erase(segments.begin());
    for (auto const& route : kRoutes) {
        auto pattern = segments_of(route.pattern);
        if (pattern.front() != "healthz") pattern.insert(pattern.begin(), "v1alpha");
        if (!fits(pattern, segments)) continue;
        expected.at_path.push_back(&route);
        if (route.method == (method == "HEAD" ? "GET" : method) && expected.route == nullptr) expected.route = &route;
    }
    return expected;
}

void check(std::string_view method, std::string_view path) {
    auto const found = api::match(kRoutes, method, path);
    auto const expected = look_up(method, path);
    bool const is_known = !expected.at_path.empty();
    demand((found.kind == Kind::kRoute) == (expected.route != nullptr), "a route is found if and only if there is one");
    if (expected.route != nullptr) demand(found.route == expected.route, "a request leads where its segments say");
    else if (is_known)
        demand(std::ranges::find(expected.at_path, found.route) != expected.at_path.end(), "a wrong method is told of a route at the path");
    else demand(found.route == nullptr, "an unknown path has no route");
    demand((found.kind == Kind::kNotFound) == !is_known, "a path is unknown if no pattern fits it");
    if (found.kind == Kind::kOptions || found.kind == Kind::kWrongMethod) demand(!found.allow.empty(), "a known path tells its methods");
    if (found.kind == Kind::kRoute)
        demand((found.route->pattern.find('{') == std::string_view::npos) == found.captured.empty(), "what a pattern leaves open is captured");
    demand(found.captured.find('/') == std::string_view::npos, "one segment is captured");
    if (!path.ends_with('/')) demand(api::match(kRoutes, method, std::string{path} + "/").route == found.route, "a trailing slash changes nothing");
}

}  // namespace
}  // namespace warder::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    auto const text = warder::fuzz::text_of(data, size);
    auto const space = text.find(' ');
    if (space == std::string_view::npos) return 0;
    auto const target = text.substr(space + 1);
    auto const [path, query] = warder::http::split_target(target);
    warder::fuzz::demand(path.find('?') == std::string_view::npos, "a path has no question mark");
    warder::fuzz::demand(path.size() + query.size() <= std::max<std::size_t>(target.size(), 1),
                         "path and query are parts of the target, or its missing path is the root");
    warder::fuzz::check(text.substr(0, space), path);
    return 0;
}
