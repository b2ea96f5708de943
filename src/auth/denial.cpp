// SPDX-License-Identifier: MIT
#include "auth/denial.hpp"

#include "auth/errors.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace warder::auth {
namespace {

using enum DenialReason;

/// Returns what the Bearer challenge says about a token; empty if it was not the token that was wrong.
std::string_view describe_token(DenialReason reason) noexcept {
    if (rule_of(reason).slug != "invalid_token") return {};
    return reason == kExpired || reason == kRevoked || reason == kDisabled ? code(reason) : "not valid";
}

void add_challenges(http::Response& response, DenialReason reason, Challenges const& challenges) {
    // Basic comes first: Mercurial, skopeo and Python's urllib read only the first challenge and give up if they don't
    // know its scheme.
    if (challenges.has_basic && !challenges.is_script) response.add("WWW-Authenticate", R"(Basic realm="warder", charset="UTF-8")");
    if (!challenges.has_bearer && !challenges.is_script) return;
    std::string bearer = R"(Bearer realm="warder")";
    if (auto const description = describe_token(reason); !description.empty())
        bearer.append(R"(, error="invalid_token", error_description=")").append(description).append("\"");
    response.add("WWW-Authenticate", std::move(bearer));
}

}  // namespace

std::string_view code(Surface surface) noexcept {
    constexpr std::array<std::string_view, kSurfaces> kNames{"api", "decision", "gateway", "ui"};
    return kNames[static_cast<std::size_t>(surface)];
}

std::string_view code(DenialReason reason) noexcept { return rule_of(reason).code; }

DenialReason reason_of(authority::TokenError error) noexcept {
    switch (error) {
        case authority::TokenError::kUnknownKey:
            return kUnknownKey;
        case authority::TokenError::kBadSignature:
            return kBadSignature;
        case authority::TokenError::kExpired:
            return kExpired;
        case authority::TokenError::kFromTheFuture:
            return kNotYetValid;
        case authority::TokenError::kDisabled:
            return kDisabled;
        case authority::TokenError::kNotRegistered:
            return kRevoked;
        case authority::TokenError::kStaleIndex:
            return kStaleIndex;
        case authority::TokenError::kNotAToken:
        case authority::TokenError::kBadHeader:
        case authority::TokenError::kBadClaims:
            break;
    }
    return kMalformedToken;
}

Denial misdirected(std::string_view host, std::string_view setting) {
    constexpr std::size_t kMaxQuotedHost = 253;
    std::string message = "This server does not serve the host \"" + http::quote_for_message(host, kMaxQuotedHost) + "\". ";
    message.append("If the host is right, add it to the setting ").append(setting).append(R"( (for example ["warder.example.org"]).)");
    return {.reason = kMisdirected, .message = std::move(message)};
}

http::Response to_response(Denial const& denial, Surface surface, Challenges const& challenges) {
    auto const& rule = rule_of(denial.reason);
    auto status = denial.status.value_or(rule.status);
    auto slug = rule.slug;
    if (denial.reason == kAmbiguousCredential && surface == Surface::kDecision) {  // nginx turns a 400 into a 500
        status = 403;
        slug = "ambiguous_request";
    }
    auto response = error_response(status, slug, denial.message.empty() ? rule.message : std::string_view{denial.message});
    if (status == 401) add_challenges(response, denial.reason, challenges);
    if (slug == "insufficient_scope") response.add("WWW-Authenticate", R"(Bearer realm="warder", error="insufficient_scope")");
    auto const retry_after = denial.retry_after.value_or(rule.retry_after);
    auto const longest = denial.reason == kRateLimited ? std::chrono::days{1} : std::chrono::minutes{1};
    if (denial.retry_after || retry_after.count() > 0)
        response.add("Retry-After", std::to_string(std::clamp(retry_after, std::chrono::seconds{1}, std::chrono::seconds{longest}).count()));
    return response;
}

}  // namespace warder::auth
