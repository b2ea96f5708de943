// SPDX-License-Identifier: MIT
#include "auth/errors.hpp"

#include "core/text/json_writer.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>

namespace warder::auth {
namespace {

using authority::Error;

struct Mapping {
    Error error;
    unsigned status;
    std::string_view code;
};

constexpr auto kMappings = std::to_array<Mapping>({
    {Error::kTokenNotFound, 404, "unknown_token"},
    {Error::kUserNotFound, 404, "unknown_user"},
    {Error::kSessionNotFound, 404, "not_found"},
    {Error::kForbidden, 403, "forbidden"},
    {Error::kDescriptionTakenOrBlank, 400, "bad_description"},
    {Error::kDescriptionTooLong, 400, "bad_description"},
    {Error::kDescriptionHasControl, 400, "bad_description"},
    {Error::kDescriptionNotText, 400, "bad_description"},
    {Error::kLifetimeTooShort, 400, "bad_life"},
    {Error::kLifetimeTooLong, 400, "bad_life"},
    {Error::kBadUserName, 400, "bad_username"},
    {Error::kPasswordTooShort, 400, "bad_password"},
    {Error::kPasswordTooLong, 400, "bad_password"},
    {Error::kPasswordNotText, 400, "bad_password"},
    {Error::kPasswordHasControl, 400, "bad_password"},
    {Error::kPasswordIsToken, 400, "bad_password"},
    {Error::kUserExists, 409, "user_exists"},
    {Error::kLastAdmin, 409, "last_admin"},
    {Error::kServiceAccountAsAdmin, 400, "bad_field"},
    {Error::kTooManyTokens, 409, "too_many_tokens"},
    {Error::kAlreadyRenewed, 409, "already_renewed"},
    {Error::kTokenTooLong, 400, "bad_grant"},
    {Error::kUnknownCursor, 400, "bad_field"},
    {Error::kUnknownKey, 500, "internal"},         // only the command line can cause it
    {Error::kKeyIsSigning, 500, "internal"},       // only the command line can cause it
    {Error::kKeySignsElsewhere, 500, "internal"},  // only the command line can cause it
    {Error::kWrongCredentials, 401, "unauthorized"},
    {Error::kThrottled, 429, "throttled"},
    {Error::kTooManyChanges, 429, "rate_limited"},
    {Error::kNotSupportedByStore, 501, "not_implemented"},
    {Error::kBusy, 503, "unavailable"},
    {Error::kStoreUnavailable, 503, "unavailable"},
    {Error::kStoreOutcomeUnknown, 503, "unavailable"},
    {Error::kStoreFull, 507, "storage_full"},
});
static_assert(std::ranges::is_sorted(kMappings, {}, &Mapping::error) && kMappings.size() == static_cast<std::size_t>(Error::kStoreFull) + 1);

/// Returns the message of a response. It is the authority's, except where HTTP says more.
std::string_view http_message_of(Error error) noexcept {
    return error == Error::kUnknownCursor ? "The query parameter \"after\" is not the id of a token in this list." : authority::message(error);
}

}  // namespace

http::Response error_response(unsigned status, std::string_view code, std::string_view message) {
    http::Response response;
    response.status = status;
    core::JsonObject{response.body}.text("message", message).text("error", code).close();
    return response;
}

http::Response not_found() { return error_response(404, "not_found", "Not found: there is no resource at this path."); }

http::Response method_not_allowed(std::string allow) {
    auto response = error_response(405, "method_not_allowed", "Method not allowed; the Allow header lists the methods that this path supports.");
    response.add("Allow", std::move(allow));
    return response;
}

http::Response message(std::string_view message) {
    http::Response response;
    core::JsonObject{response.body}.text("message", message).close();
    return response;
}

http::Response no_content(std::string allow) {
    http::Response response;
    response.status = 204;
    response.add("Allow", std::move(allow));
    return response;
}

std::string_view code(Error error) noexcept { return kMappings[static_cast<std::size_t>(error)].code; }

http::Response error_response(Error error) {
    auto const& [_, status, code] = kMappings[static_cast<std::size_t>(error)];
    if (status == 503) return temporary_error(status, code, http_message_of(error), std::chrono::seconds{1});
    if (status == 429) return temporary_error(status, code, http_message_of(error), std::chrono::seconds{60});
    return error_response(status, code, http_message_of(error));
}

http::Response temporary_error(unsigned status, std::string_view code, std::string_view message, std::chrono::seconds retry_after) {
    auto response = error_response(status, code, message);
    response.add("Retry-After", std::to_string(std::clamp<long long>(retry_after.count(), 1, 60)));
    return response;
}

http::Response invalid_lifetime(std::string_view what, std::string_view input) {
    std::string message = "The lifetime \"" + http::quote_for_message(input) + "\" ";
    message += what;
    message += R"( Examples: "6 minutes", "1h30m", "3 months".)";
    return error_response(400, "bad_life", message);
}

}  // namespace warder::auth
