// SPDX-License-Identifier: MIT
#include "api/call_errors.hpp"

#include "api/denials.hpp"
#include "api/policy_keys.hpp"
#include "core/text/words.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>

namespace warder::api {
namespace {

/// The errors that are neither those of denials nor of limits of tokens.
constexpr auto kOtherCodes = std::to_array<ErrorCode>({
    {400, "bad_request"},       {400, "bad_json"},      {400, "bad_field"},       {400, "bad_description"},    {400, "bad_life"},
    {400, "bad_grant"},         {400, "bad_path"},      {400, "bad_username"},    {400, "bad_password"},       {404, "not_found"},
    {404, "no_tokens"},         {404, "unknown_token"}, {404, "unknown_user"},    {405, "method_not_allowed"}, {408, "timeout"},
    {409, "user_exists"},       {409, "last_admin"},    {409, "too_many_tokens"}, {409, "already_renewed"},    {413, "too_large"},
    {431, "headers_too_large"}, {500, "internal"},      {501, "not_implemented"}, {502, "upstream_failed"},    {504, "upstream_timeout"},
    {507, "storage_full"},
});

/// All errors, each once, ordered by status.
class ErrorCodes {
  public:
    static constexpr std::size_t kMost = kOtherCodes.size() + kPolicyKeys.size() + auth::kDenialRules.size();

    consteval ErrorCodes() {
        for (auto const& code : kOtherCodes) add(code);
        for (auto const& key : kPolicyKeys)
            if (!key.error.empty()) add({400, key.error});
        for (auto const& rule : auth::kDenialRules) add({rule.status, rule.slug});
    }

    [[nodiscard]] constexpr std::span<ErrorCode const> list() const noexcept { return {codes_.data(), size_}; }

  private:
    constexpr void add(ErrorCode code) {
        auto const end = codes_.begin() + size_;
        if (std::find(codes_.begin(), end, code) != end) return;
        auto const place = std::ranges::upper_bound(codes_.begin(), end, code.status, {}, &ErrorCode::status);
        std::move_backward(place, end, end + 1);
        *place = code;
        ++size_;
    }

    std::array<ErrorCode, kMost> codes_{};
    std::size_t size_ = 0;
};

constexpr ErrorCodes kAllCodes;
constexpr auto kErrorCodes = kAllCodes.list();

/// The errors of requests that are rejected before they are routed, and of a server that can't respond.
constexpr std::string_view kOfEveryRequest =
    "bad_request method_not_allowed timeout too_large headers_too_large internal not_implemented unavailable";

/// A set of errors, by their slugs.
class ErrorSet {
  public:
    void add(std::string_view slugs) {
        for (std::size_t at = 0; at < kErrorCodes.size(); ++at) {
            // Of the two statuses of bad_path, calls have the first.
            bool const is_first = &*std::ranges::find(kErrorCodes, kErrorCodes[at].slug, &ErrorCode::slug) == &kErrorCodes[at];
            if (is_first && core::contains_word(slugs, kErrorCodes[at].slug)) has_.set(at);
        }
    }

    [[nodiscard]] std::vector<ErrorCode> list() const {
        std::vector<ErrorCode> codes;
        for (std::size_t at = 0; at < kErrorCodes.size(); ++at)
            if (has_[at]) codes.push_back(kErrorCodes[at]);
        return codes;
    }

  private:
    std::bitset<ErrorCodes::kMost> has_;
};

/// Adds the errors with which each call that takes tokens may respond.
void add_of_token(ErrorSet& errors) {
    errors.add("invalid_token");
    for (auto const& rule : auth::kDenialRules)
        if (rule.is_of_token_limit) errors.add(rule.slug);
}

void add_for_credential(ErrorSet& errors, ApiRoute const& route) {
    auto const policy = policy_of(route.required_auth);
    bool const signs_in = route.required_auth == Auth::kSignIn;
    if (policy.takes_token || policy.takes_password || policy.takes_session || signs_in) errors.add("unauthorized");
    if (policy.takes_token) add_of_token(errors);
    if (policy.takes_password || signs_in) errors.add("throttled");
    if (route.needs_ui) errors.add("not_found");
    if (route.required_auth == Auth::kAdmin || route.required_auth == Auth::kAdminOrSelf) errors.add("forbidden");
    if (route.method == "GET") return;
    errors.add("cross_site");
    if (policy.takes_session) errors.add("csrf");
}

void add_for_input(ErrorSet& errors, ApiRoute const& route) {
    if (!is_health_check(route)) errors.add("bad_field");  // an unknown query parameter
    if (!route.accepts.body.empty()) errors.add("bad_json");
    for (auto const& field : route.accepts.body) errors.add(error_of(field));
    if (route.pattern.find("{id}") != std::string_view::npos) errors.add("unknown_token");
    if (route.pattern.find("{name}") != std::string_view::npos) errors.add("unknown_user");
}

}  // namespace

std::span<ErrorCode const> all_error_codes() noexcept { return kErrorCodes; }

std::vector<ErrorCode> errors_of(ApiRoute const& route) {
    ErrorSet errors;
    errors.add(kOfEveryRequest);
    if (!is_health_check(route)) errors.add("misdirected");
    add_for_credential(errors, route);
    add_for_input(errors, route);
    errors.add(route.errors);
    return errors.list();
}

}  // namespace warder::api
