// SPDX-License-Identifier: MIT
#include "gateway/routes/url_map.hpp"

#include "gateway/routes/routed_path.hpp"
#include "gateway/routes/upstream_target.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace warder::gateway {
namespace {

std::string_view upstream_scheme(RouteSettings const& route) noexcept { return route.upstream.is_tls ? "https" : "http"; }

/// Returns the path that replaces the prefix, without a final slash; empty if the upstream's URL has no path or only `/`.
std::string_view base_of(RouteSettings const& route) noexcept {
    std::string_view base = route.upstream.path;
    if (base.ends_with('/')) base.remove_suffix(1);
    return base;
}

struct Url {
    std::string_view scheme;  ///< Empty for `//host/path`.
    std::string_view authority;
    std::string_view rest;  ///< Path, query and fragment.
};

std::optional<Url> split_url(std::string_view url) noexcept {
    std::string_view scheme;
    if (url.starts_with("//")) {
        url.remove_prefix(2);
    } else {
        auto const absolute = http::split_absolute(url);
        if (!absolute) return std::nullopt;
        scheme = absolute->scheme;
        url.remove_prefix(scheme.size() + 3);
    }
    auto const end = std::min(url.find_first_of("/?#"), url.size());
    return Url{.scheme = scheme, .authority = url.substr(0, end), .rest = url.substr(end)};
}

std::string_view path_of(std::string_view rest) noexcept { return rest.substr(0, rest.find_first_of("?#")); }

/// Returns whether text that is neither a URL nor a path could lead a lenient server out of the directory of the request's path.
bool may_leave_directory(std::string_view text) noexcept {
    if (text.find("..") != std::string_view::npos || text.find('\\') != std::string_view::npos) return true;
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
        auto const code = text.substr(at + 1, 2);
        if (http::equal_ignoring_case(code, "2e") || http::equal_ignoring_case(code, "2f") || http::equal_ignoring_case(code, "5c") || code == "25")
            return true;
    }
    return false;
}

}  // namespace

bool UrlMap::is_upstream(std::string_view scheme, std::string_view authority) const noexcept {
    auto const own = upstream_scheme(*route_);
    auto const& known = route_->upstream.authority;
    if (scheme.empty() || http::equal_ignoring_case(scheme, own)) return http::same_authority(authority, known, http::default_port(own));
    // An application may combine the client's scheme, which it knows from a header, with its own Host. Without a port, the
    // URL could be another server's.
    bool const has_port = known.find(':', known.ends_with(']') ? known.size() : known.rfind(']') + 1) != std::string::npos;
    return has_port && http::equal_ignoring_case(authority, known);
}

bool UrlMap::is_gateway(std::string_view scheme, std::string_view authority) const noexcept {
    if (origin_.host.empty()) return false;
    return http::same_authority(authority, origin_.host, http::default_port(scheme.empty() ? origin_.proto : scheme));
}

bool UrlMap::is_covered(std::string_view rest) const {
    auto const path = path_of(rest);
    RoutedPath const routed{*routes_, path.empty() ? "/" : path};
    return routed.route() != nullptr || routed.lenient_route() != nullptr;
}

void UrlMap::append_origin(std::string& out) const {
    if (!origin_.host.empty()) out.append(origin_.proto).append("://").append(origin_.host);
}

/// Appends the client's path for a path of the upstream, with query and fragment.
/// @return false if it is not below the upstream's URL; nothing was appended.
bool UrlMap::append_client_path(std::string& out, std::string_view rest) const {
    if (route_->upstream.path.empty()) {
        if (!rest.starts_with('/')) out += '/';
        out += rest;
        return true;
    }
    auto const base = base_of(*route_);
    if (!rest.starts_with(base)) return false;
    rest.remove_prefix(base.size());
    if (!rest.empty() && rest.front() != '/' && rest.front() != '?' && rest.front() != '#') return false;
    auto const prefix = route_->prefix == "/" ? std::string_view{} : std::string_view{route_->prefix};
    out += prefix;
    if (prefix.empty() && !rest.starts_with('/')) out += '/';
    out += rest;
    return true;
}

bool UrlMap::append_origin_and_path(std::string& out, std::string_view rest) const {
    auto const before = out.size();
    append_origin(out);
    if (append_client_path(out, rest)) return true;
    out.resize(before);
    return false;
}

/// Translates a URL with the client's own host, which the upstream knows from a header. If a route covers it, the upstream
/// knows the prefix, too, or means another application behind the gateway. The URL is then the client's already, except
/// perhaps for its scheme.
/// @return false if the URL needs no translation or can't be translated; nothing was appended.
bool UrlMap::append_url_of_gateway(std::string& out, std::string_view scheme, std::string_view rest) const {
    if (base_of(*route_).empty() && !route_->preserve_host) return false;
    if (!is_covered(rest)) return append_origin_and_path(out, rest);
    bool const is_downgraded = route_->preserve_host && !scheme.empty() && !http::equal_ignoring_case(scheme, origin_.proto);
    if (!is_downgraded) return false;
    append_origin(out);
    out += rest;
    return true;
}

bool UrlMap::append_client_url(std::string& out, std::string_view url) const {
    if (url.starts_with('/') && !url.starts_with("//")) {
        if (base_of(*route_).empty() || is_covered(url)) return false;
        return append_client_path(out, url);
    }
    auto const parts = split_url(url);
    if (!parts) return false;
    if (is_upstream(parts->scheme, parts->authority)) return append_origin_and_path(out, parts->rest);
    return is_gateway(parts->scheme, parts->authority) && append_url_of_gateway(out, parts->scheme, parts->rest);
}

bool UrlMap::append_client_refresh(std::string& out, std::string_view refresh) const {
    constexpr std::string_view kKey = "url=";
    auto const found = std::ranges::search(refresh, kKey, [](char a, char b) { return http::lower(a) == b; });
    if (found.empty()) return false;
    auto begin = static_cast<std::size_t>(found.end() - refresh.begin());
    auto end = refresh.size();
    if (begin < end && (refresh[begin] == '"' || refresh[begin] == '\'')) {
        auto const quote = refresh[begin++];
        end = std::min(refresh.find(quote, begin), end);
    }
    auto const before = out.size();
    out += refresh.substr(0, begin);
    if (!append_client_url(out, refresh.substr(begin, end - begin))) {
        out.resize(before);
        return false;
    }
    out += refresh.substr(end);
    return true;
}

std::expected<void, DestinationError> UrlMap::append_upstream_destination(std::string& out, std::string_view destination) const {
    auto const parts = split_url(destination);
    if (!parts && !destination.starts_with('/')) {
        if (destination.find("://") != std::string_view::npos) return std::unexpected{DestinationError::kAnotherHost};
        if (may_leave_directory(destination)) return std::unexpected{DestinationError::kUnreadable};
        out += destination;
        return {};
    }
    if (parts && !is_gateway(parts->scheme, parts->authority)) return std::unexpected{DestinationError::kAnotherHost};
    auto const target = !parts ? destination : parts->rest.empty() ? std::string_view{"/"} : parts->rest;
    RoutedPath const path{*routes_, target.substr(0, target.find('?'))};
    bool const is_canonical = path.path() && (!path.path()->has_encoded_slash() || route_->allow_encoded_slash);
    auto const* const route = is_canonical ? path.route() : path.lenient_route();
    if (!is_canonical && route == nullptr) return std::unexpected{DestinationError::kUnreadable};
    if (route != route_) return std::unexpected{DestinationError::kAnotherRoute};
    if (parts) out.append(upstream_scheme(*route_)).append("://").append(route_->preserve_host ? origin_.host : route_->upstream.authority);
    append_upstream_target(out, *route_, target);
    return {};
}

void UrlMap::append_upstream_condition(std::string& out, std::string_view condition) const {
    bool is_in_list = false;  // in parentheses, `<...>` is a lock token
    for (std::size_t at = 0; at < condition.size(); ++at) {
        out += condition[at];
        if (condition[at] == '(') is_in_list = true;
        if (condition[at] == ')') is_in_list = false;
        if (condition[at] != '<') continue;
        auto const end = std::min(condition.find('>', at), condition.size());
        auto const name = condition.substr(at + 1, end - at - 1);
        if (is_in_list || !append_upstream_destination(out, name)) out += name;
        at = end - 1;
    }
}

}  // namespace warder::gateway
