// SPDX-License-Identifier: MIT
#include "gateway/routes/lenient_path.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace warder::gateway {
namespace {

using Segments = std::vector<std::string>;

/// Decodes each escape once; everything else, including invalid escapes, is kept.
std::string decode(std::string_view text) {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        bool is_escape = false;
        if (text[i] == '%' && text.size() - i > 2) {
            auto const* const digits = text.data() + i + 1;
            is_escape = std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
        }
        decoded += is_escape ? static_cast<char>(byte) : text[i];
        if (is_escape) i += 2;
    }
    return decoded;
}

/// Returns the segments of a path that starts with a slash, each decoded once.
Segments split(std::string_view path) {
    Segments segments;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        auto const size = std::min(path.find('/'), path.size());
        segments.push_back(decode(path.substr(0, size)));
        path.remove_prefix(size);
    }
    if (segments.size() == 1 && segments.front().empty()) segments.clear();  // the root
    return segments;
}

/// Returns the segments that remain if a server resolves `.`, `..`, empty segments and backslashes.
/// @param decodings  how often escapes are decoded first.
/// @param cuts_parameters  whether a segment's parameters, from a semicolon on, are removed.
Segments resolve(std::string_view path, unsigned decodings, bool cuts_parameters) {
    std::string text{path};
    for (; decodings > 0; --decodings) text = decode(text);
    text.resize(std::min(text.find_first_of("?#"), text.size()));
    std::ranges::replace(text, '\\', '/');
    Segments segments;
    for (std::size_t start = 0; start <= text.size();) {
        auto const end = std::min(text.find('/', start), text.size());
        auto segment = text.substr(start, end - start);
        start = end + 1;
        if (cuts_parameters) segment.resize(std::min(segment.find(';'), segment.size()));
        if (segment.empty() || segment == ".") continue;
        if (segment != "..") segments.push_back(std::move(segment));
        else if (!segments.empty()) segments.pop_back();
    }
    return segments;
}

bool begins_with(Segments const& path, Segments const& prefix) {
    return path.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), path.begin());
}

RouteSettings const* find_route(RouteTable const& routes, Segments const& path) {
    RouteSettings const* found = nullptr;
    std::size_t longest = 0;
    for (auto const& route : routes.routes()) {
        auto const prefix = split(route.prefix);
        if (!begins_with(path, prefix) || (found != nullptr && prefix.size() <= longest)) continue;
        found = &route;
        longest = prefix.size();
    }
    return found;
}

bool is_management_api(Segments const& path) { return begins_with(path, {"v1alpha"}) || begins_with(path, {"api", "v1alpha"}); }

}  // namespace

RouteSettings const* find_lenient_route(RouteTable const& routes, std::string_view path) {
    bool const has_any = std::ranges::any_of(routes.routes(), [](RouteSettings const& route) { return !route.strict_paths; });
    if (!has_any || !path.starts_with('/')) return nullptr;
    auto const* const route = find_route(routes, split(path));
    if (route == nullptr || route->strict_paths) return nullptr;
    for (unsigned decodings = 0; decodings <= 2; ++decodings) {
        for (bool const cuts_parameters : {false, true}) {
            auto const segments = resolve(path, decodings, cuts_parameters);
            if (is_management_api(segments) || find_route(routes, segments) != route) return nullptr;
        }
    }
    return route;
}

}  // namespace warder::gateway
