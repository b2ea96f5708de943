// SPDX-License-Identifier: MIT
#include "http/answer.hpp"

#include "authority/sign_in.hpp"
#include "core/rules.hpp"
#include "http/ask.hpp"
#include "http/credentials.hpp"
#include "http/errors.hpp"
#include "http/routes.hpp"
#include "http/text.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

#include <exception>

namespace warder::http {
namespace {

using authority::Error;

constexpr std::string_view kNameOfTokens = "token";  ///< The name in Basic of who has a token and no name.

Response with_allow(Response response, std::string allow) {
    response.add("Allow", std::move(allow));
    return response;
}

Response no_content(std::string allow) {
    Response response;
    response.status = 204;
    return with_allow(std::move(response), std::move(allow));
}

Response wrong_method(std::string allow) {
    return with_allow(refuse(405, "method_not_allowed", "This method is not to be had here; the header Allow lists those that are."),
                      std::move(allow));
}

/// Whether the caller may make the call at all; existence is judged later, so that others learn nothing from a 403.
bool may_call(Auth who, Call const& call) {
    if (who != Auth::kAdmin && who != Auth::kAdminOrSelf) return true;
    if (call.caller->is_admin) return true;
    if (who == Auth::kAdmin) return false;
    auto const name = percent_decode(call.captured, false);
    return name && core::fold_name(*name) == core::fold_name(call.caller->name);
}

bool takes_token(Auth who) noexcept { return who == Auth::kAny || who == Auth::kIntrospector || who == Auth::kRevoker; }

/// Whether a token's grants cover the very request that it came with.
bool covers_own_request(authority::VerifiedToken const& token, Request const& request) {
    auto const target = split_target(request.target);
    std::string room(target.path.size(), '\0');
    auto const path = judge_path(target.path, room);
    if (!path) return false;
    auto const host = request.find("host");
    return token.covers(
        {.method = request.method, .host = host.count == 1 ? std::optional{host.value} : std::nullopt, .path = *path, .rpc_methods = std::nullopt});
}

bool changes_something(std::string_view method) noexcept { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

/// One request being answered.
class Answering {
  public:
    Answering(Desk const& desk, Request const& request, authority::ClientAddress address)
        : desk_{desk}, call_{.request = request, .address = address} {}

    Task<Response> run() {
        auto const& request = call_.request;
        if (request.method == "CONNECT") co_return wrong_method(std::string{kEveryMethod});
        if (request.target == "*") co_return no_content(std::string{kEveryMethod});
        auto const [path, query] = split_target(request.target);
        auto found = match(all_routes(), request.method, path);
        if (auto refusal = refuse_early(found)) co_return std::move(*refusal);
        call_.base = found.base;
        call_.captured = found.captured;
        call_.is_draining = desk_.is_draining;

        if (found.route->who != Auth::kNone) {
            if (auto refusal = read_credential(found.route->who)) co_return std::move(*refusal);
            if (credentials_) {
                auto refusal = co_await check_password(found.route->who);
                if (refusal) co_return std::move(*refusal);
            }
            if (!may_call(found.route->who, call_)) co_return refuse(Error::kForbidden);
        }
        auto read = Query::read(query, found.route->parameters);
        if (!read) co_return std::move(read.error());
        call_.query = std::move(*read);
        co_return co_await found.route->handler(desk_.services, call_);
    }

    [[nodiscard]] std::string_view username() const noexcept {
        if (call_.caller) return call_.caller->name;
        return username_;
    }

  private:
    std::optional<Response> refuse_early(Match& found) const {
        switch (found.kind) {
            case Match::Kind::kNotFound:
                return refuse(404, "not_found", "There is nothing at this path.");
            case Match::Kind::kWrongMethod:
                return wrong_method(std::move(found.allow));
            case Match::Kind::kOptions:
                return no_content(std::move(found.allow));
            case Match::Kind::kRoute:
                break;
        }
        if (is_ambiguous(call_.request)) return refuse(400, "bad_request", "There is more than one credential: which one counts would be a guess.");
        if (changes_something(call_.request.method) && is_cross_site(call_.request))
            return refuse(403, "cross_site", "A page of another site may not make this call.");
        return std::nullopt;
    }

    [[nodiscard]] Response unauthorized(Auth who, TokenComplaint complaint = TokenComplaint::kNone) const {
        return refuse_unauthorized({.takes_bearer = takes_token(who), .is_script = is_from_page(call_.request), .complaint = complaint});
    }

    /// Judges a token at once; what needs a hash is left in `credentials_`.
    std::optional<Response> read_credential(Auth who) {
        auto const header = call_.request.find("authorization");
        if (header.count == 0) {
            auto const own = call_.request.find("x-warder-token");
            return own.count == 0 ? unauthorized(who) : judge_token(who, own.value);
        }
        auto credential = read_authorization(header.value);
        if (auto const* bearer = std::get_if<BearerCredential>(&credential)) return judge_token(who, bearer->token);
        if (auto const* malformed = std::get_if<MalformedCredential>(&credential))
            return unauthorized(who, malformed->is_bearer ? TokenComplaint::kNotValid : TokenComplaint::kNone);
        auto& basic = std::get<BasicCredential>(credential);
        if (core::looks_like_token(basic.password.view())) {  // never tried as a password
            token_from_basic_ = std::move(basic.password);
            return judge_token(who, token_from_basic_->view(), basic.username);
        }
        authority::Credentials presented{std::move(basic.username), std::move(basic.password)};
        call_.caller = desk_.services.sign_in.proven(presented);
        if (!call_.caller) credentials_ = std::move(presented);
        return std::nullopt;
    }

    /// @param name  what stood beside it as a name in Basic: the user's, or that it is a token.
    std::optional<Response> judge_token(Auth who, std::string_view text, std::optional<std::string_view> name = std::nullopt) {
        if (!takes_token(who)) return unauthorized(who);  // a token mints no token
        auto token = desk_.services.verifier.verify(text, desk_.scratch);
        if (!token) return unauthorized(who, token.error() == authority::TokenFault::kExpired ? TokenComplaint::kExpired : TokenComplaint::kNotValid);
        if (name && *name != kNameOfTokens && !equal_ignoring_case(*name, token->username)) return unauthorized(who, TokenComplaint::kNotValid);
        if (who == Auth::kIntrospector && !(token->is_admin && token->is_limited() && covers_own_request(*token, call_.request)))
            return unauthorized(who);
        call_.token = std::move(*token);
        call_.token_text = text;
        if (desk_.writes_access_log) username_ = call_.token->username;
        return std::nullopt;
    }

    Task<std::optional<Response>> check_password(Auth who) {
        auto start = [this](std::move_only_function<void(authority::SignIn::Outcome)> done) {
            desk_.services.sign_in.check(std::move(*credentials_), call_.address, std::move(done));
        };
        auto outcome = co_await ask<authority::SignIn::Outcome>(start);
        if (outcome) {
            call_.caller = std::move(*outcome);
            co_return std::nullopt;
        }
        auto const& refusal = outcome.error();
        if (refusal.error == Error::kThrottled) co_return refuse_for_now(429, "throttled", sentence(refusal.error), refusal.retry_after);
        if (refusal.error == Error::kWrongCredentials) co_return unauthorized(who);
        co_return refuse_for_now(503, "unavailable", sentence(refusal.error), refusal.retry_after);
    }

    Desk desk_;
    Call call_;
    std::optional<authority::Credentials> credentials_;
    std::optional<crypto::Secret> token_from_basic_;
    std::string username_;
};

void write_access_log(Desk const& desk, Request const& request, Response const& response, std::string_view user,
                      std::chrono::steady_clock::time_point began) {
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(desk.services.clock.steady_now() - began).count();
    auto const path = split_target(request.target).path;
    auto const status = static_cast<std::int64_t>(response.status);
    if (user.empty()) {
        desk.services.log.info("request", {{"method", request.method}, {"path", path}, {"status", status}, {"micros", std::int64_t{micros}}});
    } else {
        desk.services.log.info("request",
                               {{"method", request.method}, {"path", path}, {"status", status}, {"user", user}, {"micros", std::int64_t{micros}}});
    }
}

}  // namespace

Task<Response> answer(Desk desk, Request const& request, authority::ClientAddress address) {
    Answering answering{desk, request, address};
    auto const began = desk.writes_access_log ? desk.services.clock.steady_now() : std::chrono::steady_clock::time_point{};
    Response response;
    bool has_failed = false;
    try {
        response = co_await answering.run();
    } catch (std::exception const&) {
        has_failed = true;
    }
    if (has_failed) {
        desk.services.log.error("request failed", {{"path", split_target(request.target).path}});
        response = refuse(500, "internal", "Something went wrong inside the server.");
    }
    if (desk.writes_access_log) write_access_log(desk, request, response, answering.username(), began);
    co_return response;
}

}  // namespace warder::http
