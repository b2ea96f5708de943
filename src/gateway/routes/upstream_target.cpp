// SPDX-License-Identifier: MIT
#include "gateway/routes/upstream_target.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace warder::gateway {
namespace {

/// Removes as many segments from the start of a raw path as the prefix has. Canonicalization never adds or removes a slash,
/// so counting them is enough.
std::string_view cut_prefix(std::string_view path, std::string_view prefix) noexcept {
    if (prefix == "/") return path;
    for (auto segments = std::ranges::count(prefix, '/'); segments > 0 && !path.empty(); --segments)
        path.remove_prefix(std::min(path.find('/', 1), path.size()));
    return path;
}

}  // namespace

void append_upstream_target(std::string& out, RouteSettings const& route, std::string_view target) {
    if (!target.starts_with('/')) {
        if (auto const absolute = http::split_absolute(target)) target = absolute->rest;
    }
    auto const end = std::min(target.find('?'), target.size());
    auto const path = end == 0 ? std::string_view{"/"} : target.substr(0, end);
    auto const query = target.substr(end);

    auto const& base = route.upstream.path;
    if (base.empty()) {
        out.append(path).append(query);
        return;
    }
    auto const rest = cut_prefix(path, route.prefix);
    out += base;
    if (!rest.empty() && base.ends_with('/')) out.pop_back();
    out.append(rest).append(query);
}

}  // namespace warder::gateway
