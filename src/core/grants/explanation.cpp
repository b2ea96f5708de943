// SPDX-License-Identifier: MIT
#include "core/grants/explanation.hpp"

#include "core/grants/grant_method.hpp"
#include "core/text/ascii.hpp"

#include <algorithm>

namespace warder::core {
namespace {

constexpr std::string_view kAnyTail = "/**";

/// The parts of a grant as it was written; empty if it doesn't have them.
struct WrittenGrant {
    std::string_view methods, host, path, rpc;
};

WrittenGrant split_grant(std::string_view text) noexcept {
    WrittenGrant parts;
    if (!text.starts_with('/')) {
        parts.methods = text.substr(0, text.find(' '));
        text.remove_prefix(parts.methods.size() + 1);
    }
    if (text.starts_with("//")) {
        text.remove_prefix(2);
        parts.host = text.substr(0, text.find('/'));
        text.remove_prefix(parts.host.size());
    }
    parts.path = text.substr(0, text.find(' '));
    text.remove_prefix(parts.path.size());
    if (!text.empty()) parts.rpc = text.substr(1);
    return parts;
}

std::string in_quotes(std::string_view text) { return std::string{"\""}.append(text).append("\""); }

std::string method_mismatch(std::string_view methods, std::string_view requested, Quote quote) {
    auto why = "the method " + quote(requested);
    if (requested.empty() || !std::ranges::all_of(requested, is_grant_method_char))
        return why + R"( has characters other than upper-case letters, digits, "-" and "_")";
    return why.append(methods.find(',') == std::string_view::npos ? " is not " : " is not in ").append(methods);
}

std::string host_mismatch(std::string_view host, std::optional<std::string_view> requested, Quote quote) {
    if (!requested) return "the request has no host, which must be " + in_quotes(host);
    return "the host " + quote(*requested) + (host.starts_with("*.") ? " doesn't match " : " is not ") + in_quotes(host);
}

std::string path_mismatch(std::string_view path, std::string_view requested, Quote quote) {
    auto const why = "the path " + quote(requested);
    if (path.ends_with(kAnyTail)) return why + " is not under " + in_quotes(path.substr(0, path.size() - kAnyTail.size()));
    return why + (path.find('*') == std::string_view::npos ? " is not " : " doesn't match ") + in_quotes(path);
}

/// Returns the first method that the grant doesn't cover.
std::string_view find_uncovered(Grant const& grant, AccessRequest access) {
    auto const methods = access.rpc_methods->in_order();
    auto const uncovered = std::ranges::find_if(methods, [&](std::string_view method) {
        RpcMethods const alone{method};
        access.rpc_methods = &alone;
        return !grant.covered_parts(access).rpc;
    });
    return uncovered == methods.end() ? std::string_view{} : *uncovered;
}

std::string rpc_mismatch(Grant const& grant, std::string_view rpc, AccessRequest const& access, Quote quote) {
    if (access.method != "POST") return "only POST calls the methods of " + std::string{rpc};
    auto const* const called = access.rpc_methods;
    auto const uncovered = called == nullptr ? std::string_view{} : find_uncovered(grant, access);
    if (uncovered.empty()) return "the request calls no JSON-RPC method, which must be in " + std::string{rpc};
    auto const why = "the JSON-RPC method " + quote(uncovered);
    if (!RpcMethods{uncovered}.can_be_named()) return why + " has characters that no grant covers";
    return why + " is not in " + std::string{rpc};
}

/// Returns the grant of the list that covers the most parts of the request.
Grant const& find_nearest(GrantList const& list, AccessRequest const& access) {
    return *std::ranges::max_element(list.grants(), {}, [&](Grant const& grant) { return grant.covered_parts(access).count(); });
}

/// @param which  which list it is: empty or " of the ceiling".
std::string explain_denial(GrantList const& list, std::string_view which, AccessRequest const& access, Quote quote) {
    auto const& nearest = find_nearest(list, access);
    std::string why = list.grants().size() == 1 ? "the only grant" : "the nearest grant";
    return why.append(which).append(" is ").append(in_quotes(nearest.text())).append(", but ").append(mismatch(nearest, access, quote));
}

}  // namespace

std::string mismatch(Grant const& grant, AccessRequest const& access, Quote quote) {
    auto const written = split_grant(grant.text());
    auto const covered = grant.covered_parts(access);
    std::string why;
    auto const add = [&why](std::string const& part) { why.append(why.empty() ? "" : ", and ").append(part); };
    if (!covered.method) add(method_mismatch(written.methods, access.method, quote));
    if (!covered.host) add(host_mismatch(written.host, access.host, quote));
    if (!covered.path) add(path_mismatch(written.path, access.path.text(), quote));
    // A request that isn't a POST has no such methods; one reason is enough.
    if (!covered.rpc && (covered.method || access.method == "POST")) add(rpc_mismatch(grant, written.rpc, access, quote));
    return why;
}

std::string explain_access(Scope const& scope, AccessRequest const& access, Quote quote) {
    constexpr std::string_view kOfCeiling = " of the ceiling";
    auto const* const own = scope.endpoints == nullptr ? nullptr : scope.endpoints->covering(access);
    if (scope.endpoints != nullptr && own == nullptr) return explain_denial(*scope.endpoints, "", access, quote);
    auto const* const bound = scope.ceiling == nullptr ? nullptr : scope.ceiling->covering(access);
    if (scope.ceiling != nullptr && bound == nullptr) return explain_denial(*scope.ceiling, kOfCeiling, access, quote);
    if (own == nullptr && bound == nullptr) return "neither grants nor a ceiling limit the token";
    auto why = "the grant " + in_quotes((own == nullptr ? bound : own)->text());
    if (own == nullptr) return why.append(kOfCeiling).append(" covers the request, and the token has no grants of its own");
    why += " covers the request";
    return bound == nullptr ? why : why.append(", and so does ").append(in_quotes(bound->text())).append(kOfCeiling);
}

std::string as_sentence(std::string clause) {
    if (!clause.empty() && is_alpha(clause.front())) clause.front() = static_cast<char>(clause.front() & ~0x20);
    return clause.append(".");
}

}  // namespace warder::core
