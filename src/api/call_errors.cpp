// SPDX-License-Identifier: MIT
#include "api/call_errors.hpp"

#include "api/denials.hpp"
#include "core/text/enum_texts.hpp"
#include "core/text/words.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>

namespace warder::api {
namespace {

constexpr auto kErrorCodes = std::to_array<ErrorCode>({
    {400, "bad_request"},  {400, "bad_json"},        {400, "bad_field"},         {400, "bad_description"}, {400, "bad_life"},
    {400, "bad_grant"},    {400, "bad_path"},        {400, "bad_username"},      {400, "bad_password"},    {400, "bad_network"},
    {400, "bad_rate"},     {401, "unauthorized"},    {401, "invalid_token"},     {403, "forbidden"},       {403, "insufficient_scope"},
    {403, "csrf"},         {403, "cross_site"},      {403, "ambiguous_request"}, {403, "bad_path"},        {403, "address_not_allowed"},
    {404, "not_found"},    {404, "no_tokens"},       {404, "unknown_token"},     {404, "unknown_user"},    {405, "method_not_allowed"},
    {408, "timeout"},      {409, "user_exists"},     {409, "last_admin"},        {409, "too_many_tokens"}, {409, "already_renewed"},
    {413, "too_large"},    {421, "misdirected"},     {429, "throttled"},         {429, "rate_limited"},    {431, "headers_too_large"},
    {500, "internal"},     {501, "not_implemented"}, {502, "upstream_failed"},   {503, "unavailable"},     {504, "upstream_timeout"},
    {507, "storage_full"}, {508, "loop_detected"},
});
static_assert(std::ranges::is_sorted(kErrorCodes, {}, &ErrorCode::status));

/// The errors of requests that are rejected before they are routed, and of a server that can't respond.
constexpr std::string_view kOfEveryRequest =
    "bad_request method_not_allowed timeout too_large headers_too_large internal not_implemented unavailable";

/// Returns the error of a value that has the right type.
constexpr core::EnumTexts<InputField::Kind::kGrants> kOfField{{
    {InputField::Kind::kText, ""},
    {InputField::Kind::kFlag, ""},
    {InputField::Kind::kDuration, "bad_life"},
    {InputField::Kind::kRate, "bad_rate"},
    {InputField::Kind::kNetworks, "bad_network"},
    {InputField::Kind::kGrants, "bad_grant"},
}};

/// A set of errors, by their slugs.
class ErrorSet {
  public:
    void add(std::string_view slugs) {
        for (std::size_t at = 0; at < kErrorCodes.size(); ++at) {
            // Of the two statuses of bad_path, calls have the first.
            bool const is_first = std::ranges::find(kErrorCodes, kErrorCodes[at].slug, &ErrorCode::slug) == kErrorCodes.begin() + at;
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
    std::bitset<kErrorCodes.size()> has_;
};

void add_for_credential(ErrorSet& errors, ApiRoute const& route) {
    auto const policy = policy_of(route.required_auth);
    bool const signs_in = route.required_auth == Auth::kSignIn;
    if (policy.takes_token || policy.takes_password || policy.takes_session || signs_in) errors.add("unauthorized");
    if (policy.takes_token) errors.add("invalid_token address_not_allowed rate_limited");
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
    for (auto const& field : route.accepts.body) errors.add(kOfField[field.kind]);
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
