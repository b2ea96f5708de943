// SPDX-License-Identifier: MIT
#include "api/answer.hpp"

#include "api/denials.hpp"
#include "api/ui/ui_pages.hpp"
#include "auth/credential.hpp"
#include "auth/errors.hpp"
#include "auth/request_log.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "core/rules.hpp"
#include "http/text.hpp"
#include "index/rate_bucket.hpp"
#include "log/log.hpp"
#include "net/await_call.hpp"
#include "net/await_callback.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <string_view>

namespace warder::api {
namespace {

using authority::Error;

constexpr std::string_view kNoMemory =
    "The server is out of memory. If this call makes a change, it may or may not have taken effect; check before you try again.";

/// Returns whether the principal may make the call at all. Existence is checked later, so that a 403 reveals nothing.
bool may_call(Auth required_auth, Call const& call) {
    if (required_auth != Auth::kAdmin && required_auth != Auth::kAdminOrSelf) return true;
    if (call.user().is_admin) return true;
    if (required_auth == Auth::kAdmin) return false;
    auto const name = http::percent_decode(call.captured, false);
    return name && core::fold_name(*name) == core::fold_name(call.user().name);
}

/// Clients of Specter's four calls compare the message of a 401.
bool is_token_call(ApiRoute const& route) noexcept { return route.pattern.starts_with("/token"); }

/// Returns whether a token's grants cover the request it came with.
bool covers_own_request(authority::Verifier const& verifier, authority::VerifiedToken const& token, http::Request const& request) {
    std::string buffer(request.path.size(), '\0');
    auto const path = canonicalize_path(request.path, buffer);
    if (!path) return false;
    AccessRequest const access{.method = request.method, .host = auth::host_of(request), .path = *path, .rpc_methods = nullptr};
    return verifier.covers(token, access);
}

/// One request being handled.
class Answering {
  public:
    /// @param found  must outlive this object.
    Answering(auth::RequestContext const& context, Match const& found, http::Request const& request, auth::Client const& client)
        : context_{context},
          found_{&found},
          client_{client},
          log_{context_, found_->kind == Match::Kind::kUi ? auth::Surface::kUi : auth::Surface::kApi, request, client.address},
          call_{.request = request,
                .route = found_->route,
                .log = log_,
                .address = authority::ClientAddress::of(client.address),
                .is_secure = client.is_secure} {
        if (found_->route != nullptr) call_.policy = policy_of(found_->route->required_auth);
        call_.policy.takes_session = call_.policy.takes_session && context_.has_ui;
    }

    net::Task<http::Response> run() {
        auto refused = begin();
        if (!refused && !unconfirmed_session_.empty()) refused = co_await confirm_session();
        note_use();
        if (refused) co_return std::move(*refused);
        auto const& route = *found_->route;
        if (password_) {
            auto rejection = co_await check_password();
            if (rejection) co_return std::move(*rejection);
        }
        if (auto rejection = admit()) co_return std::move(*rejection);
        if (auto rejection = take_from_rate()) co_return std::move(*rejection);
        if (auto rejection = read_query()) co_return std::move(*rejection);
        auto result = co_await route.handler(context_.services, call_);
        auto response = result ? std::move(*result) : respond_to(std::move(result.error()));
        if (bucket_ && log_.is_denied()) bucket_->give_back(context_.services.clock.steady_now());
        co_return response;
    }

    /// Returns the response, if the head alone determines it.
    /// @param head  receives what was done.
    net::Task<std::optional<http::Response>> run_head(auth::CheckedHead& head) {
        auto rejection = begin();
        if (!rejection && !unconfirmed_session_.empty()) rejection = co_await confirm_session();
        if (!rejection && password_) rejection = co_await check_password();
        bool const needs_credential = !rejection && found_->route->required_auth != Auth::kNone && found_->route->required_auth != Auth::kSignIn;
        if (needs_credential) rejection = admit();
        if (needs_credential && !rejection) rejection = take_from_rate();
        if (needs_credential && !rejection) rejection = read_query();
        head.bucket = bucket_;
        if (rejection) note_use();  // otherwise it is counted when the request is handled with its body
        co_return rejection;
    }

    /// Responds if the route can do so without waiting; nullopt otherwise.
    std::optional<http::Response> run_sync() {
        auto response = try_sync();
        if (response) note_use();  // otherwise it is counted when the request waits
        return response;
    }

    [[nodiscard]] auth::RequestLog const& log() const noexcept { return log_; }

  private:
    std::optional<http::Response> try_sync() {
        auto rejection = begin();
        if (rejection || password_ || !unconfirmed_session_.empty()) return rejection;
        rejection = admit();
        if (rejection) return rejection;
        return respond_sync();
    }

    std::optional<http::Response> respond_sync() {
        auto invalid = read_query();
        auto response = invalid ? std::move(invalid) : found_->route->sync_handler(context_.services, call_);
        if (!response || log_.is_denied()) return response;
        auto rejection = take_from_rate();  // only now: without a response, the request is handled again
        if (rejection) response = std::move(rejection);
        return response;
    }

    /// Counts the request against the rate limit of its token, once it is known that the token may make it. What becomes of
    /// the request then makes no difference, unless it is denied after all. A token that revokes itself needs no rate limit.
    std::optional<http::Response> take_from_rate() {
        if (context_.checked_head != nullptr) bucket_ = context_.checked_head->bucket;
        if (!call_.principal.token || bucket_ || call_.policy.accepts_restricted_token) return std::nullopt;
        auto taken = auth::take_returnably_from_rate(*call_.principal.token, context_.services);
        if (!taken) return deny(std::move(taken.error()));
        bucket_ = std::move(*taken);
        return std::nullopt;
    }

    /// Counts the use of a valid token, whether or not the request was allowed.
    void note_use() const noexcept {
        if (call_.principal.token) context_.usage.note(*call_.principal.token, client_.address);
    }

    /// Handles everything up to the credential; a password or a session is left in `password_` or `unconfirmed_session_` if it takes
    /// time to verify.
    std::optional<http::Response> begin() {
        auto const& request = call_.request;
        if (request.method == "CONNECT") return auth::method_not_allowed(std::string{kEveryMethod});
        if (request.target == "*") return auth::no_content(std::string{kEveryMethod});
        if (auto rejection = early_response()) return rejection;
        call_.base = found_->base;
        call_.captured = found_->captured;
        call_.is_draining = context_.is_draining;
        return authenticate();
    }

    /// After authentication, checks whether the principal may make this call.
    std::optional<http::Response> admit() {
        if (call_.principal.user) call_.principal.user->address = address_text(call_.address.full);
        if (!may_call(found_->route->required_auth, call_)) return respond_to(Error::kForbidden);
        return std::nullopt;
    }

    std::optional<http::Response> read_query() {
        if (is_health_check(*found_->route)) return std::nullopt;  // probes of load balancers add what they like
        auto read = Query::read(call_.request.query, found_->route->accepts.query);
        if (!read) return std::move(read.error());
        call_.query = std::move(*read);
        return std::nullopt;
    }

    std::optional<http::Response> early_response() {
        if (found_->route != nullptr && found_->route->needs_ui && !context_.has_ui)
            return auth::error_response(
                404, "not_found", "Sessions are disabled because the web UI is off; see the settings ui.enabled, ui.same_origin and gateway.listen.");
        switch (found_->kind) {
            case Match::Kind::kNotFound:
                return auth::not_found();
            case Match::Kind::kUi:
                return answer_ui(call_.request, call_.request.path);
            case Match::Kind::kWrongMethod:
                return auth::method_not_allowed(found_->allow);
            case Match::Kind::kOptions:
                return auth::no_content(found_->allow);
            case Match::Kind::kRoute:
                break;
        }
        return std::nullopt;
    }

    [[nodiscard]] http::Response respond_to(Failure failure) const {
        auto const* const error = std::get_if<Error>(&failure.why);
        if (error == nullptr) return std::get<http::Response>(std::move(failure.why));
        auto denial = denial_of(*error);
        if (denial) return deny(std::move(*denial));
        auto response = auth::error_response(*error);
        // A store that several nodes share answers 503 only for what was certainly not done.
        response.is_withheld = *error == Error::kStoreOutcomeUnknown && context_.services.authority.freshness() != nullptr;
        return response;
    }

    [[nodiscard]] http::Response deny(auth::Denial denial) const {
        auto const missing_or_wrong = denial.reason == auth::DenialReason::kNoCredential || denial.reason == auth::DenialReason::kWrongPassword;
        if (missing_or_wrong && is_token_call(*found_->route)) denial.message = auth::kUnauthorizedMessage;
        return api::deny(call_, denial);
    }
    [[nodiscard]] http::Response deny(auth::DenialReason reason) const { return deny(auth::Denial{.reason = reason}); }

    /// Finds the principal, unless that takes time; see `begin`.
    std::optional<http::Response> authenticate() {
        auto authentication = auth::authenticate(call_.request, call_.policy, client_, context_, log_);
        if (!authentication) return deny(std::move(authentication.error()));
        call_.principal = std::move(authentication->principal);
        password_ = std::move(authentication->password);
        unconfirmed_session_ = authentication->unconfirmed_session;
        bool const is_introspector = found_->route->required_auth == Auth::kIntrospector && call_.principal.token;
        return is_introspector ? check_introspector() : std::nullopt;
    }

    std::optional<http::Response> check_introspector() const {
        auto const& token = *call_.principal.token;
        if (token.is_admin && token.is_scoped && covers_own_request(context_.services.verifier, token, call_.request)) return std::nullopt;
        return deny(auth::DenialReason::kPasswordRequired);
    }

    /// Finds the principal of a session that other nodes may know. If the store can't tell, a 401 would sign the user out for nothing.
    net::Task<std::optional<http::Response>> confirm_session() {
        auto const id = unconfirmed_session_;
        auto const confirmed = co_await net::await_call<&authority::Sessions::confirm>(context_.services.sessions, id);
        if (!confirmed) co_return respond_to(confirmed.error());
        auto rejection = authenticate();
        if (!rejection && !unconfirmed_session_.empty()) rejection = deny(auth::DenialReason::kNoSession);
        co_return rejection;
    }

    net::Task<std::optional<http::Response>> check_password() {
        auto start = [this](std::move_only_function<void(authority::SignIn::Outcome)> done) {
            context_.services.sign_in.check(std::move(*password_), call_.address, std::move(done));
        };
        auto outcome = co_await net::await_callback<authority::SignIn::Outcome>(start);
        if (context_.checked_head == nullptr) log_.count_sign_in(outcome ? auth::SignInOutcome::kOk : sign_in_outcome_of(outcome.error()));
        if (!outcome) co_return deny(denial_of(outcome.error()));
        call_.principal.user = std::move(*outcome);
        log_.identify(call_.user().name);
        co_return std::nullopt;
    }

    auth::RequestContext context_;
    Match const* found_;
    auth::Client client_;
    auth::RequestLog log_;
    Call call_;
    std::optional<authority::Credentials> password_;
    std::string_view unconfirmed_session_;
    std::shared_ptr<index::RateBucket> bucket_;  ///< What the request was taken from; null if nothing was.
};

}  // namespace

std::optional<http::Response> try_answer(auth::RequestContext const& context, Match const& found, http::Request const& request, auth::Client client) {
    if (found.kind != Match::Kind::kRoute || found.route->sync_handler == nullptr) return std::nullopt;
    Answering answering{context, found, request, client};
    auto response = answering.run_sync();
    if (response) answering.log().write(response->status);
    return response;
}

net::Task<std::optional<http::Response>> reject_by_head(auth::RequestContext context, Match found, http::Request const& request, auth::Client client,
                                                        auth::CheckedHead& head) {
    Answering answering{context, found, request, client};
    std::optional<http::Response> rejection;
    try {
        rejection = co_await answering.run_head(head);
    } catch (std::exception const&) {
        co_return std::nullopt;  // `answer` reports it
    }
    if (rejection) answering.log().write(rejection->status);
    co_return rejection;
}

net::Task<http::Response> answer(auth::RequestContext context, Match found, http::Request const& request, auth::Client client) {
    Answering answering{context, found, request, client};
    http::Response response;
    std::optional<std::string> failure;
    bool is_memory_short = false;
    try {
        response = co_await answering.run();
    } catch (std::bad_alloc const&) {
        is_memory_short = true;
    } catch (std::exception const& error) {
        failure = error.what();
    }
    if (is_memory_short) {
        context.services.log.note_memory_shortage("answering a request");
        response = auth::temporary_error(503, "unavailable", kNoMemory, std::chrono::seconds{1});
    }
    if (failure) {
        context.services.log.error("request_failed", {{"path", auth::loggable_path(request.target)}, {"why", *failure}});
        response = auth::error_response(500, "internal", "Internal error.");
    }
    answering.log().write(response.status);
    co_return response;
}

}  // namespace warder::api
