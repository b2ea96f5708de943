// SPDX-License-Identifier: MIT
#pragma once

#include "api/query.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/request_log.hpp"
#include "auth/services.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/throttle.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "net/task.hpp"
#include "warder/authority.hpp"
#include "warder/verifier.hpp"

#include <expected>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace warder::api {

struct ApiRoute;

/// A request as its handler gets it: routed, authenticated, its query parsed. Its body is read by `read_input` or `read_form`.
struct Call {
    http::Request const& request;
    ApiRoute const* route;  ///< Null only as long as the request is not known to be a call.
    auth::RequestLog& log;
    authority::ClientAddress address;
    auth::AuthenticationPolicy policy{};  ///< Which credentials the call accepts.
    bool is_secure = false;               ///< The client uses TLS, to Warder or to a trusted proxy.
    std::string_view base{};              ///< `/v1alpha` or `/api/v1alpha`, as in the request.
    std::string_view captured{};          ///< The part of the path that the pattern has in braces, such as `{id}`; not decoded.
    Query query{};
    auth::Principal principal{};
    bool is_draining = false;

    /// Returns the user, of a call that was authenticated by a password or a session.
    [[nodiscard]] authority::Principal const& user() const noexcept { return *principal.user; }
};

/// Why a call fails: an error of a use case, which determines the response, or the response itself.
struct Failure {
    explicit(false) Failure(authority::Error error) : why{error} {}
    explicit(false) Failure(http::Response response) : why{std::move(response)} {}
    std::variant<authority::Error, http::Response> why;
};

using HandlerResult = std::expected<http::Response, Failure>;

/// The signature of all handlers. The call outlives the task.
using Handler = net::Task<HandlerResult> (*)(auth::Services const&, Call const&);

/// An optional second handler that responds without waiting; it returns nullopt if it can't.
using SyncHandler = std::optional<http::Response> (*)(auth::Services const&, Call const&);

}  // namespace warder::api
