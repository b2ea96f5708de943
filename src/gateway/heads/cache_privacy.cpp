// SPDX-License-Identifier: MIT
#include "gateway/heads/cache_privacy.hpp"

#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>

namespace warder::gateway {
namespace {

using http::equal_ignoring_case;

constexpr std::string_view kCacheControl = "cache-control";
constexpr http::NameSet kTargeted{std::to_array<std::string_view>({"surrogate-control", "edge-control", "x-accel-expires"})};

struct Directive {
    std::string_view text;  ///< With its argument.
    std::string_view name;
    bool has_argument = false;
    bool is_broken = false;  ///< It has an unterminated quote: text after it would be read as part of it.

    [[nodiscard]] bool is(std::string_view other) const noexcept { return equal_ignoring_case(name, other); }
};

/// Removes the first directive from a list and returns it; commas inside quotes don't count.
Directive take_directive(std::string_view& list) noexcept {
    bool is_quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (is_quoted || list[end] != ','); ++end) {
        if (list[end] == '"') is_quoted = !is_quoted;
        else if (is_quoted && list[end] == '\\' && end + 1 < list.size()) ++end;
    }
    Directive directive{.text = http::trim(list.substr(0, end)), .name = {}, .is_broken = is_quoted};
    list.remove_prefix(std::min(end + 1, list.size()));
    auto const equals = directive.text.find('=');
    directive.name = http::trim(directive.text.substr(0, equals));
    directive.has_argument = equals != std::string_view::npos;
    return directive;
}

/// The combined meaning of all `Cache-Control` lines.
struct Directives {
    bool is_private = false;  ///< For the whole response, not just some of its fields.
    bool is_not_stored = false;
    bool is_no_store_optional = false;  ///< `must-understand` lets caches ignore `no-store` (RFC 9111 §5.2.2.3).
    bool allows_sharing = false;        ///< A directive lifts the ban of RFC 9111 §3.5, or one is broken.

    [[nodiscard]] bool is_strict() const noexcept { return is_private || (is_not_stored && !is_no_store_optional); }
};

Directives read(http::HeaderFields fields) noexcept {
    Directives directives;
    if (!fields.names().may_contain(kCacheControl)) return directives;
    for (auto const& [name, value] : fields) {
        if (!is_cache_control(name)) continue;
        for (auto list = value; !list.empty();) {
            auto const directive = take_directive(list);
            directives.is_private = directives.is_private || (directive.is("private") && !directive.has_argument);
            directives.is_not_stored = directives.is_not_stored || (directive.is("no-store") && !directive.has_argument);
            directives.is_no_store_optional = directives.is_no_store_optional || directive.is("must-understand");
            directives.allows_sharing = directives.allows_sharing || directive.is_broken || directive.is("public") || directive.is("s-maxage") ||
                                        directive.is("must-revalidate");
        }
    }
    return directives;
}

bool is_for_shared_caches(Directive const& directive) noexcept {
    return directive.text.empty() || directive.is_broken || directive.is("public") || directive.is("s-maxage") || directive.is("private");
}

}  // namespace

CacheRule choose_cache_rule(TokenVisibility token, http::HeaderFields fields) noexcept {
    if (token == TokenVisibility::kNoToken) return CacheRule::kUnchanged;
    auto const directives = read(fields);
    if (directives.is_strict()) return CacheRule::kTargetedDropped;
    return token == TokenVisibility::kHidden || directives.allows_sharing ? CacheRule::kMadePrivate : CacheRule::kKeptFromNginx;
}

bool is_cache_control(std::string_view name) noexcept { return name.size() == kCacheControl.size() && equal_ignoring_case(name, kCacheControl); }

bool is_targeted_cache_field(std::string_view name) noexcept {
    if (kTargeted.contains(name)) return true;
    return name.size() > kCacheControl.size() + 1 && http::plainly(name[name.size() - kCacheControl.size() - 1]) == '-' &&
           http::is_same_name(name.substr(name.size() - kCacheControl.size()), kCacheControl);
}

void append_private_cache_control(std::string& out, http::HeaderFields fields) {
    out += "Cache-Control: ";
    for (auto const& [name, value] : fields) {
        if (!is_cache_control(name)) continue;
        for (auto list = value; !list.empty();) {
            auto const directive = take_directive(list);
            if (!is_for_shared_caches(directive)) out.append(directive.text).append(", ");
        }
    }
    out += "private\r\n";
}

}  // namespace warder::gateway
