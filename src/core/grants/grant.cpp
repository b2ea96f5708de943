// SPDX-License-Identifier: MIT
// Whether a grant covers a request. Parsing is in grant_reader.cpp.
#include "warder/grant.hpp"

#include "core/grants/grant_method.hpp"
#include "core/grants/path.hpp"
#include "core/host.hpp"

#include <algorithm>
#include <iterator>

namespace warder {
namespace {

constexpr bool is_rpc_name_char(char c) noexcept { return c > ' ' && c < 0x7F && c != ',' && c != '*'; }

/// Removes and returns the first segment of "/a/b".
std::string_view take_segment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    auto const segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

/// Returns whether a star may cover this text, which contains an escape. A star covers whole characters, so the text
/// must not end inside an escape. A text with an encoded slash may be two segments to another server. (The parts before
/// and after a star can't contain one.) Not inlined: escapes are rare, and segments without one match faster this way.
[[gnu::noinline]] bool is_one_segment(std::string_view covered, std::size_t last_escape) noexcept {
    return covered.size() - last_escape >= 3 && covered.find(core::kEncodedSlash) == std::string_view::npos;
}

}  // namespace

RpcMethods::RpcMethods(std::span<std::string_view const> methods) : methods_{methods.begin(), methods.end()} {
    std::ranges::sort(methods_);
    auto const doubles = std::ranges::unique(methods_);
    methods_.erase(doubles.begin(), doubles.end());
    can_be_named_ = !methods_.empty() && std::ranges::all_of(methods_, [](std::string_view method) {
        return !method.empty() && std::ranges::all_of(method, is_rpc_name_char);
    });
}

bool Grant::Segment::fits(std::string_view segment) const noexcept {
    if (!has_star) return segment == before;
    if (segment.size() <= before.size() + after.size() || !segment.starts_with(before) || !segment.ends_with(after)) return false;
    auto const covered = segment.substr(before.size(), segment.size() - before.size() - after.size());
    auto const last_escape = covered.rfind('%');
    return last_escape == std::string_view::npos || is_one_segment(covered, last_escape);
}

bool Grant::covers_method(std::string_view method) const noexcept {
    if (method.empty() || !std::ranges::all_of(method, is_grant_method_char)) return false;
    if (methods_.empty()) return true;
    return std::ranges::any_of(methods_, [&](std::string const& mine) { return mine == method || (mine == "GET" && method == "HEAD"); });
}

bool Grant::covers_host(std::optional<std::string_view> host) const noexcept {
    if (host_.empty()) return true;
    if (!host) return false;
    core::HostText buffer;
    auto const requested = core::read_host(*host, buffer);
    if (!requested) return false;
    if (!port_.empty() && requested->port != port_) return false;
    auto name = requested->name;
    if (has_any_first_label_) {
        auto const dot = name.find('.');
        if (dot == std::string_view::npos || requested->is_ipv6) return false;
        name.remove_prefix(dot + 1);
    }
    return name == host_;
}

bool Grant::covers_path(std::string_view path) const noexcept {
    // A trailing slash is ignored; the root is a path without segments.
    if (path.ends_with('/')) path.remove_suffix(1);
    if (!path.starts_with(head_)) return false;
    path.remove_prefix(head_.size());
    if (!path.empty() && path.front() != '/') return false;
    for (auto const& segment : segments_) {
        if (path.empty() || !segment.fits(take_segment(path))) return false;
    }
    return path.empty() || has_tail_;
}

bool Grant::covers_rpc(AccessRequest const& access) const noexcept {
    if (rpc_names_.empty()) return true;
    // A server may truncate a name at a NUL or drop unprintable characters, so a name that no grant can spell could be
    // another method there.
    if (access.method != "POST" || access.rpc_methods == nullptr || !access.rpc_methods->can_be_named()) return false;
    for (auto left = access.rpc_methods->in_order(); !left.empty();) {
        auto const count = count_covered(left);
        if (count == 0) return false;
        left = left.subspan(count);
    }
    return true;
}

/// Returns how many of the first methods one name covers. Only one name can cover the first method: the last one that
/// doesn't sort after it, because everything that starts with a starred name sorts right after that name.
std::size_t Grant::count_covered(std::span<std::string_view const> in_order) const noexcept {
    auto const method = in_order.front();
    auto const after =
        std::ranges::upper_bound(rpc_names_, method, std::ranges::less{}, [](RpcName const& mine) { return std::string_view{mine.text}; });
    if (after == rpc_names_.begin()) return 0;
    auto const& mine = *std::prev(after);
    if (!mine.has_star) return mine.text == method ? 1 : 0;
    auto const other = std::ranges::partition_point(in_order, [&mine](std::string_view requested) { return requested.starts_with(mine.text); });
    return static_cast<std::size_t>(other - in_order.begin());
}

bool Grant::covers(AccessRequest const& access) const noexcept {
    return covers_path(access.path.text()) && covers_method(access.method) && covers_host(access.host) && covers_rpc(access);
}

CoveredParts Grant::covered_parts(AccessRequest const& access) const noexcept {
    return {
        .method = covers_method(access.method), .host = covers_host(access.host), .path = covers_path(access.path.text()), .rpc = covers_rpc(access)};
}

bool Grant::could_cover_by_rpc(AccessRequest const& access) const noexcept {
    return is_for_rpc() && access.rpc_methods == nullptr && access.method == "POST" && covers_path(access.path.text()) &&
           covers_method(access.method) && covers_host(access.host);
}

Grant const* GrantList::covering(AccessRequest const& access) const noexcept {
    auto const found = std::ranges::find_if(grants_, [&](Grant const& grant) { return grant.covers(access); });
    return found == grants_.end() ? nullptr : &*found;
}

bool GrantList::could_cover_by_rpc(AccessRequest const& access) const noexcept {
    return std::ranges::any_of(grants_, [&](Grant const& grant) { return grant.could_cover_by_rpc(access); });
}

bool Scope::covers(AccessRequest const& access) const noexcept {
    return (endpoints == nullptr || endpoints->covering(access) != nullptr) && (ceiling == nullptr || ceiling->covering(access) != nullptr);
}

bool Scope::could_cover_by_rpc(AccessRequest const& access) const noexcept {
    auto const might = [&](GrantList const* grants) {
        return grants == nullptr || grants->covering(access) != nullptr || grants->could_cover_by_rpc(access);
    };
    return !covers(access) && might(endpoints) && might(ceiling);
}

bool operator==(GrantList const& a, GrantList const& b) noexcept { return std::ranges::equal(a.grants_, b.grants_, {}, &Grant::text, &Grant::text); }

}  // namespace warder
