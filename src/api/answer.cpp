// SPDX-License-Identifier: MIT
#include "api/answer.hpp"

#include "api/routes.hpp"
#include "api/ui_pages.hpp"
#include "auth/access_line.hpp"
#include "auth/authorization_header.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "authority/usage_meter.hpp"
#include "core/rules.hpp"
#include "crypto/secret.hpp"
#include "http/session_cookie.hpp"
#include "http/text.hpp"
#include "log/log.hpp"
#include "net/await_callback.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <string_view>

namespace warder::api {
namespace {

using authority::Error;

constexpr std::string_view kNoMemory =
    "The server is out of memory. If this call makes a change, it may or may not have taken effect; check before you try again.";

/// Returns whether the caller may make the call at all. Existence is checked later, so that a 403 reveals nothing.
bool may_call(Auth required_auth, Call const& call) {
    if (required_auth != Auth::kAdmin && required_auth != Auth::kAdminOrSelf) return true;
    if (call.principal->is_admin) return true;
    if (required_auth == Auth::kAdmin) return false;
    auto const name = http::percent_decode(call.captured, false);
    return name && core::fold_name(*name) == core::fold_name(call.principal->name);
}

bool takes_token(Auth required_auth) noexcept {
    return required_auth == Auth::kAny || required_auth == Auth::kIntrospector || required_auth == Auth::kRevoker;
}

bool takes_session(Auth required_auth) noexcept { return required_auth != Auth::kIntrospector && required_auth != Auth::kRevoker; }

bool is_ui_call(Auth required_auth) noexcept { return required_auth == Auth::kSignIn || required_auth == Auth::kSession; }

/// Returns whether the request carries the session's CSRF token in `X-Warder-CSRF`.
bool carries(http::Request const& request, std::string_view csrf_token) noexcept {
    auto const header = request.find("x-warder-csrf");
    return header.count == 1 && crypto::equal_in_constant_time(header.value, csrf_token);
}

/// Returns whether a token's grants cover the request it came with.
bool covers_own_request(authority::VerifiedToken const& token, http::Request const& request) {
    auto const target = http::split_target(request.target);
    std::string buffer(target.path.size(), '\0');
    auto const path = canonicalize_path(target.path, buffer);
    if (!path) return false;
    AccessRequest const access{.method = request.method, .host = auth::host_of(request), .path = *path, .rpc_methods = nullptr};
    return auth::authorize(token, access) == auth::Access::kGranted;
}

bool changes_something(std::string_view method) noexcept { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

/// One request being handled.
class Answering {
  public:
    Answering(auth::RequestContext const& context, Match found, http::Request const& request, auth::AddressBytes const& client, bool is_secure)
        : context_{context},
          found_{std::move(found)},
          client_{client},
          call_{.request = request, .address = authority::ClientAddress::of(client), .is_secure = is_secure} {}

    net::Task<http::Response> run() {
        auto refused = begin();
        note_use();
        if (refused) co_return std::move(*refused);
        auto const& route = *found_.route;
        if (credentials_) {
            auto rejection = co_await check_password(route.required_auth);
            if (rejection) co_return std::move(*rejection);
        }
        if (auto rejection = admit()) co_return std::move(*rejection);
        co_return co_await route.handler(context_.services, call_);
    }

    /// Returns the denial, if the head alone determines one.
    net::Task<std::optional<http::Response>> run_head() {
        auto rejection = begin();
        if (!rejection && credentials_) rejection = co_await check_password(found_.route->required_auth);
        if (!rejection && found_.route->required_auth != Auth::kNone && found_.route->required_auth != Auth::kSignIn) rejection = admit();
        if (rejection) note_use();  // otherwise it is counted when the request is handled with its body
        co_return rejection;
    }

    /// Responds if the route can do so without waiting; nullopt otherwise.
    std::optional<http::Response> run_sync() {
        auto response = try_sync();
        if (response) note_use();  // otherwise it is counted when the request waits
        return response;
    }

    [[nodiscard]] std::string_view username() const noexcept {
        if (call_.principal) return call_.principal->name;
        return username_;
    }

  private:
    std::optional<http::Response> try_sync() {
        if (auto rejection = begin()) return rejection;
        if (credentials_) return std::nullopt;
        if (auto rejection = admit()) return rejection;
        return found_.route->sync_handler(context_.services, call_);
    }

    /// Counts the use of a valid token, whether or not the request was allowed.
    void note_use() const noexcept {
        auto const& token = call_.token ? call_.token : presented_.token;
        if (token) context_.services.usage.note(*token, client_);
    }

    /// Handles everything up to the credential; a password is left in `credentials_` for verification.
    std::optional<http::Response> begin() {
        auto const& request = call_.request;
        if (request.method == "CONNECT") return auth::method_not_allowed(std::string{kEveryMethod});
        if (request.target == "*") return auth::no_content(std::string{kEveryMethod});
        if (auto rejection = early_response()) return rejection;
        call_.base = found_.base;
        call_.captured = found_.captured;
        call_.is_draining = context_.is_draining;
        auto const required_auth = found_.route->required_auth;
        return required_auth == Auth::kNone || required_auth == Auth::kSignIn ? std::nullopt : read_credential(required_auth);
    }

    /// After authentication, checks whether the caller may make this call, and parses the query.
    std::optional<http::Response> admit() {
        if (call_.principal) call_.principal->address = address_text(call_.address.full);
        if (!may_call(found_.route->required_auth, call_)) return auth::error_response(Error::kForbidden);
        auto read = Query::read(http::split_target(call_.request.target).query, found_.route->parameters);
        if (!read) return std::move(read.error());
        call_.query = std::move(*read);
        return std::nullopt;
    }

    /// If no call matches, the path may belong to the web UI.
    [[nodiscard]] http::Response answer_elsewhere() const {
        auto const path = http::split_target(call_.request.target).path;
        return context_.has_ui && is_ui_path(path) ? answer_ui(call_.request, path) : auth::not_found();
    }

    std::optional<http::Response> early_response() {
        if (found_.route != nullptr && is_ui_call(found_.route->required_auth) && !context_.has_ui)
            return auth::error_response(
                404, "not_found", "Sessions are disabled because the web UI is off; see the settings ui.enabled, ui.same_origin and gateway.listen.");
        switch (found_.kind) {
            case Match::Kind::kNotFound:
                return answer_elsewhere();
            case Match::Kind::kWrongMethod:
                return auth::method_not_allowed(std::move(found_.allow));
            case Match::Kind::kOptions:
                return auth::no_content(std::move(found_.allow));
            case Match::Kind::kRoute:
                break;
        }
        if (auth::is_ambiguous(call_.request))
            return auth::error_response(400, "bad_request", "The request has more than one credential; it may have only one.");
        if (changes_something(call_.request.method))
            if (auto const why = auth::find_cross_site(call_.request)) return auth::error_response(403, "cross_site", *why);
        return std::nullopt;
    }

    [[nodiscard]] http::Response unauthorized(Auth required_auth, auth::TokenProblem problem = auth::TokenProblem::kNone) const {
        // A call that accepts neither password nor token is made by the UI.
        bool const is_session = required_auth == Auth::kSession;
        return auth::unauthorized({.takes_basic = !is_session,
                                   .takes_bearer = takes_token(required_auth),
                                   .is_script = is_session || auth::is_from_page(call_.request),
                                   .problem = problem});
    }

    /// Verifies a token immediately; a password, which needs hashing, is left in `credentials_`.
    std::optional<http::Response> read_credential(Auth required_auth) {
        presented_ = auth::read_credential(call_.request, context_.services.verifier, context_.scratch);
        switch (presented_.kind) {
            case auth::Credential::Kind::kNothing:
                return take_session(required_auth);
            case auth::Credential::Kind::kMalformed:
            case auth::Credential::Kind::kBadToken:
                return unauthorized(required_auth, presented_.problem);
            case auth::Credential::Kind::kToken:
                return take_token(required_auth);
            case auth::Credential::Kind::kPassword:
                break;
        }
        if (required_auth == Auth::kSession) return unauthorized(required_auth);
        call_.principal = context_.services.sign_in.verified(*presented_.password, call_.address);
        if (!call_.principal) credentials_ = std::move(presented_.password);
        return std::nullopt;
    }

    std::optional<http::Response> take_token(Auth required_auth) {
        auto& token = *presented_.token;
        if (!takes_token(required_auth)) return unauthorized(required_auth);  // a token can't mint a token
        if (required_auth == Auth::kIntrospector && !(token.is_admin && token.is_scoped() && covers_own_request(token, call_.request)))
            return unauthorized(required_auth);
        call_.token_text = presented_.token_text();
        call_.token = std::move(presented_.token);
        if (context_.writes_access_log) username_ = call_.token->username;
        return std::nullopt;
    }

    /// Authenticates by the session. Called only if the request has no other credential, since any other takes precedence.
    std::optional<http::Response> take_session(Auth required_auth) {
        if (!context_.has_ui || !takes_session(required_auth)) return unauthorized(required_auth);
        auto const cookies = http::SessionCookies::read(call_.request, call_.is_secure);
        if (cookies.verdict != http::SessionCookies::Verdict::kOne) return unauthorized(required_auth);
        auto session = context_.services.sessions.use(cookies.id);
        if (!session) return unauthorized(required_auth);
        if (changes_something(call_.request.method) && !carries(call_.request, session->csrf_token))
            return auth::error_response(403, "csrf", "This call needs an X-Warder-CSRF header with the csrf_token of the session.");
        call_.principal = session->principal;
        call_.session = std::move(session);
        call_.session_id = cookies.id;
        return std::nullopt;
    }

    net::Task<std::optional<http::Response>> check_password(Auth required_auth) {
        auto start = [this](std::move_only_function<void(authority::SignIn::Outcome)> done) {
            context_.services.sign_in.check(std::move(*credentials_), call_.address, std::move(done));
        };
        auto outcome = co_await net::await_callback<authority::SignIn::Outcome>(start);
        if (outcome) {
            call_.principal = std::move(*outcome);
            co_return std::nullopt;
        }
        auto const& rejection = outcome.error();
        if (rejection.error == Error::kThrottled) co_return auth::temporary_error(429, "throttled", message(rejection.error), rejection.retry_after);
        if (rejection.error == Error::kWrongCredentials) co_return unauthorized(required_auth);
        co_return auth::temporary_error(503, "unavailable", message(rejection.error), rejection.retry_after);
    }

    auth::RequestContext context_;
    Match found_;
    auth::AddressBytes client_;
    Call call_;
    std::optional<authority::Credentials> credentials_;
    auth::Credential presented_;
    std::string username_;
};

}  // namespace

std::optional<http::Response> try_answer(auth::RequestContext const& context, Match const& found, http::Request const& request,
                                         auth::AddressBytes client, bool is_secure) {
    if (found.kind != Match::Kind::kRoute || found.route->sync_handler == nullptr) return std::nullopt;
    Answering answering{context, found, request, client, is_secure};
    auth::AccessLine const line{context, request};
    auto response = answering.run_sync();
    if (response) line.write(response->status, answering.username());
    return response;
}

net::Task<std::optional<http::Response>> reject_by_head(auth::RequestContext context, Match found, http::Request const& request,
                                                        auth::AddressBytes client, bool is_secure) {
    Answering answering{context, std::move(found), request, client, is_secure};
    auth::AccessLine const line{context, request};
    std::optional<http::Response> rejection;
    try {
        rejection = co_await answering.run_head();
    } catch (std::exception const&) {
        co_return std::nullopt;  // `answer` reports it
    }
    if (rejection) line.write(rejection->status, answering.username());
    co_return rejection;
}

net::Task<http::Response> answer(auth::RequestContext context, Match found, http::Request const& request, auth::AddressBytes client, bool is_secure) {
    Answering answering{context, std::move(found), request, client, is_secure};
    auth::AccessLine const line{context, request};
    http::Response response;
    bool has_failed = false;
    bool is_memory_short = false;
    try {
        response = co_await answering.run();
    } catch (std::bad_alloc const&) {
        is_memory_short = true;
    } catch (std::exception const&) {
        has_failed = true;
    }
    if (is_memory_short) {
        context.services.log.note_memory_shortage("answering a request");
        response = auth::temporary_error(503, "unavailable", kNoMemory, std::chrono::seconds{1});
    }
    if (has_failed) {
        context.services.log.error("request failed", {{"path", auth::loggable_path(request.target)}});
        response = auth::error_response(500, "internal", "Internal error.");
    }
    line.write(response.status, answering.username());
    co_return response;
}

}  // namespace warder::api
