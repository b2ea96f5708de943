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
bool may_call(Auth who, Call const& call) {
    if (who != Auth::kAdmin && who != Auth::kAdminOrSelf) return true;
    if (call.caller->is_admin) return true;
    if (who == Auth::kAdmin) return false;
    auto const name = http::percent_decode(call.captured, false);
    return name && core::fold_name(*name) == core::fold_name(call.caller->name);
}

bool takes_token(Auth who) noexcept { return who == Auth::kAny || who == Auth::kIntrospector || who == Auth::kRevoker; }

bool takes_session(Auth who) noexcept { return who != Auth::kIntrospector && who != Auth::kRevoker; }

bool is_ui_call(Auth who) noexcept { return who == Auth::kSignIn || who == Auth::kSession; }

/// Returns whether the request carries the session's CSRF token in `X-Warder-CSRF`.
bool carries(http::Request const& request, std::string_view csrf_token) noexcept {
    auto const said = request.find("x-warder-csrf");
    return said.count == 1 && crypto::equal_in_constant_time(said.value, csrf_token);
}

/// Returns whether a token's grants cover the request it came with.
bool covers_own_request(authority::VerifiedToken const& token, http::Request const& request) {
    auto const target = http::split_target(request.target);
    std::string room(target.path.size(), '\0');
    auto const path = canonicalize_path(target.path, room);
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
            auto refusal = co_await check_password(route.who);
            if (refusal) co_return std::move(*refusal);
        }
        if (auto refusal = admit()) co_return std::move(*refusal);
        co_return co_await route.handler(context_.services, call_);
    }

    /// Returns the denial, if the head alone determines one.
    net::Task<std::optional<http::Response>> run_head() {
        auto refusal = begin();
        if (!refusal && credentials_) refusal = co_await check_password(found_.route->who);
        if (!refusal && found_.route->who != Auth::kNone && found_.route->who != Auth::kSignIn) refusal = admit();
        if (refusal) note_use();  // otherwise it is counted when the request is handled with its body
        co_return refusal;
    }

    /// Responds if the route can do so without waiting; nullopt otherwise.
    std::optional<http::Response> run_at_once() {
        auto response = try_at_once();
        if (response) note_use();  // otherwise it is counted when the request waits
        return response;
    }

    [[nodiscard]] std::string_view username() const noexcept {
        if (call_.caller) return call_.caller->name;
        return username_;
    }

  private:
    std::optional<http::Response> try_at_once() {
        if (auto refusal = begin()) return refusal;
        if (credentials_) return std::nullopt;
        if (auto refusal = admit()) return refusal;
        return found_.route->at_once(context_.services, call_);
    }

    /// Counts the use of a valid token, whether or not the request was allowed.
    void note_use() const noexcept {
        auto const& token = call_.token ? call_.token : presented_.token;
        if (token) context_.services.usage.note(*token, client_);
    }

    /// Handles everything up to the credential; a password is left in `credentials_` for verification.
    std::optional<http::Response> begin() {
        auto const& request = call_.request;
        if (request.method == "CONNECT") return auth::refuse_method(std::string{kEveryMethod});
        if (request.target == "*") return auth::no_content(std::string{kEveryMethod});
        if (auto refusal = refuse_early()) return refusal;
        call_.base = found_.base;
        call_.captured = found_.captured;
        call_.is_draining = context_.is_draining;
        auto const who = found_.route->who;
        return who == Auth::kNone || who == Auth::kSignIn ? std::nullopt : read_credential(who);
    }

    /// After authentication, checks whether the caller may make this call, and parses the query.
    std::optional<http::Response> admit() {
        if (call_.caller) call_.caller->address = address_text(call_.address.whole);
        if (!may_call(found_.route->who, call_)) return auth::refuse(Error::kForbidden);
        auto read = Query::read(http::split_target(call_.request.target).query, found_.route->parameters);
        if (!read) return std::move(read.error());
        call_.query = std::move(*read);
        return std::nullopt;
    }

    /// If no call matches, the path may belong to the web UI.
    [[nodiscard]] http::Response answer_elsewhere() const {
        auto const path = http::split_target(call_.request.target).path;
        return context_.has_ui && is_ui_path(path) ? answer_ui(call_.request, path) : auth::refuse_path();
    }

    std::optional<http::Response> refuse_early() {
        if (found_.route != nullptr && is_ui_call(found_.route->who) && !context_.has_ui)
            return auth::refuse(404, "not_found",
                                "Sessions are disabled because the web UI is off; see the settings ui.enabled, ui.same_origin and gateway.listen.");
        switch (found_.kind) {
            case Match::Kind::kNotFound:
                return answer_elsewhere();
            case Match::Kind::kWrongMethod:
                return auth::refuse_method(std::move(found_.allow));
            case Match::Kind::kOptions:
                return auth::no_content(std::move(found_.allow));
            case Match::Kind::kRoute:
                break;
        }
        if (auth::is_ambiguous(call_.request))
            return auth::refuse(400, "bad_request", "The request has more than one credential; it may have only one.");
        if (changes_something(call_.request.method))
            if (auto const why = auth::find_cross_site(call_.request)) return auth::refuse(403, "cross_site", *why);
        return std::nullopt;
    }

    [[nodiscard]] http::Response unauthorized(Auth who, auth::TokenProblem problem = auth::TokenProblem::kNone) const {
        // A call that accepts neither password nor token is made by the UI.
        bool const is_session = who == Auth::kSession;
        return auth::refuse_unauthorized({.takes_basic = !is_session,
                                          .takes_bearer = takes_token(who),
                                          .is_script = is_session || auth::is_from_page(call_.request),
                                          .problem = problem});
    }

    /// Verifies a token immediately; a password, which needs hashing, is left in `credentials_`.
    std::optional<http::Response> read_credential(Auth who) {
        presented_ = auth::read_credential(call_.request, context_.services.verifier, context_.scratch);
        switch (presented_.kind) {
            case auth::Credential::Kind::kNothing:
                return take_session(who);
            case auth::Credential::Kind::kMalformed:
            case auth::Credential::Kind::kBadToken:
                return unauthorized(who, presented_.problem);
            case auth::Credential::Kind::kToken:
                return take_token(who);
            case auth::Credential::Kind::kPassword:
                break;
        }
        if (who == Auth::kSession) return unauthorized(who);
        call_.caller = context_.services.sign_in.verified(*presented_.password, call_.address);
        if (!call_.caller) credentials_ = std::move(presented_.password);
        return std::nullopt;
    }

    std::optional<http::Response> take_token(Auth who) {
        auto& token = *presented_.token;
        if (!takes_token(who)) return unauthorized(who);  // a token can't mint a token
        if (who == Auth::kIntrospector && !(token.is_admin && token.is_limited() && covers_own_request(token, call_.request)))
            return unauthorized(who);
        call_.token_text = presented_.token_text();
        call_.token = std::move(presented_.token);
        if (context_.writes_access_log) username_ = call_.token->username;
        return std::nullopt;
    }

    /// Authenticates by the session. Called only if the request has no other credential, since any other takes precedence.
    std::optional<http::Response> take_session(Auth who) {
        if (!context_.has_ui || !takes_session(who)) return unauthorized(who);
        auto const cookies = http::SessionCookies::read(call_.request, call_.is_secure);
        if (cookies.verdict != http::SessionCookies::Verdict::kOne) return unauthorized(who);
        auto session = context_.services.sessions.use(cookies.id);
        if (!session) return unauthorized(who);
        if (changes_something(call_.request.method) && !carries(call_.request, session->csrf_token))
            return auth::refuse(403, "csrf", "This call needs an X-Warder-CSRF header with the csrf_token of the session.");
        call_.caller = session->caller;
        call_.session = std::move(session);
        call_.session_id = cookies.id;
        return std::nullopt;
    }

    net::Task<std::optional<http::Response>> check_password(Auth who) {
        auto start = [this](std::move_only_function<void(authority::SignIn::Outcome)> done) {
            context_.services.sign_in.check(std::move(*credentials_), call_.address, std::move(done));
        };
        auto outcome = co_await net::await_callback<authority::SignIn::Outcome>(start);
        if (outcome) {
            call_.caller = std::move(*outcome);
            co_return std::nullopt;
        }
        auto const& refusal = outcome.error();
        if (refusal.error == Error::kThrottled) co_return auth::refuse_for_now(429, "throttled", message(refusal.error), refusal.retry_after);
        if (refusal.error == Error::kWrongCredentials) co_return unauthorized(who);
        co_return auth::refuse_for_now(503, "unavailable", message(refusal.error), refusal.retry_after);
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

std::optional<http::Response> answer_at_once(auth::RequestContext const& context, Match const& found, http::Request const& request,
                                             auth::AddressBytes client, bool is_secure) {
    if (found.kind != Match::Kind::kRoute || found.route->at_once == nullptr) return std::nullopt;
    Answering answering{context, found, request, client, is_secure};
    auth::AccessLine const line{context, request};
    auto response = answering.run_at_once();
    if (response) line.write(response->status, answering.username());
    return response;
}

net::Task<std::optional<http::Response>> refuse_by_head(auth::RequestContext context, Match found, http::Request const& request,
                                                        auth::AddressBytes client, bool is_secure) {
    Answering answering{context, std::move(found), request, client, is_secure};
    auth::AccessLine const line{context, request};
    std::optional<http::Response> refusal;
    try {
        refusal = co_await answering.run_head();
    } catch (std::exception const&) {
        co_return std::nullopt;  // `answer` reports it
    }
    if (refusal) line.write(refusal->status, answering.username());
    co_return refusal;
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
        response = auth::refuse_for_now(503, "unavailable", kNoMemory, std::chrono::seconds{1});
    }
    if (has_failed) {
        context.services.log.error("request failed", {{"path", auth::loggable_path(request.target)}});
        response = auth::refuse(500, "internal", "Internal error.");
    }
    line.write(response.status, answering.username());
    co_return response;
}

}  // namespace warder::api
