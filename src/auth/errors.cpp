// SPDX-License-Identifier: MIT
#include "auth/errors.hpp"

#include "core/text/json_writer.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <string>

namespace warder::auth {
namespace {

using authority::Error;

struct Mapping {
    unsigned status;
    std::string_view code;
};

Mapping mapping_of(Error error) noexcept {
    switch (error) {
        case Error::kTokenNotFound:
            return {404, "unknown_token"};
        case Error::kUserNotFound:
            return {404, "unknown_user"};
        case Error::kForbidden:
            return {403, "forbidden"};
        case Error::kDescriptionTakenOrBlank:
        case Error::kDescriptionTooLong:
        case Error::kDescriptionHasControl:
        case Error::kDescriptionNotText:
            return {400, "bad_description"};
        case Error::kLifetimeTooShort:
        case Error::kLifetimeTooLong:
            return {400, "bad_life"};
        case Error::kTokenTooLong:
            return {400, "bad_grant"};
        case Error::kBadUserName:
            return {400, "bad_username"};
        case Error::kPasswordTooShort:
        case Error::kPasswordTooLong:
        case Error::kPasswordNotText:
        case Error::kPasswordHasControl:
        case Error::kPasswordIsToken:
            return {400, "bad_password"};
        case Error::kUserExists:
            return {409, "user_exists"};
        case Error::kLastAdmin:
            return {409, "last_admin"};
        case Error::kTooManyTokens:
            return {409, "too_many_tokens"};
        case Error::kUnknownCursor:
            return {400, "bad_field"};
        case Error::kWrongCredentials:
            return {401, "unauthorized"};
        case Error::kThrottled:
            return {429, "throttled"};
        case Error::kTooManyChanges:
            return {429, "rate_limited"};
        case Error::kNotSupportedByStore:
            return {501, "not_implemented"};
        case Error::kBusy:
        case Error::kStoreUnavailable:
        case Error::kStoreOutcomeUnknown:
            return {503, "unavailable"};
        case Error::kStoreFull:
            return {507, "storage_full"};
        case Error::kUnknownKey:
        case Error::kKeyIsSigning:
        case Error::kKeyInUse:
            break;  // only the command line can cause these
    }
    return {500, "internal"};
}

/// Returns the message of a response. It is the authority's, except where HTTP says more or Specter's 401 is compared.
std::string_view http_message_of(Error error) noexcept {
    switch (error) {
        case Error::kUnknownCursor:
            return "The query parameter \"after\" is not the id of a token in this list.";
        default:
            return authority::message(error);
    }
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

http::Response error_response(Error error) {
    auto const [status, code] = mapping_of(error);
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
