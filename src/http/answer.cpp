// SPDX-License-Identifier: MIT
#include "http/answer.hpp"

#include "authority/sessions.hpp"
#include "authority/sign_in.hpp"
#include "authority/usage_meter.hpp"
#include "core/rules.hpp"
#include "crypto/secret.hpp"
#include "http/access_line.hpp"
#include "http/ask.hpp"
#include "http/credentials.hpp"
#include "http/errors.hpp"
#include "http/presented.hpp"
#include "http/routes.hpp"
#include "http/session_cookie.hpp"
#include "http/text.hpp"
#include "http/ui_pages.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

#include <chrono>
#include <exception>
#include <new>
#include <string_view>

namespace warder::http {
namespace {

using authority::Error;

constexpr std::string_view kNoMemory =
    "The server lacks memory for this. A change that was asked for may or may not have been made: look before you try again.";

/// Whether the caller may make the call at all; existence is judged later, so that others learn nothing from a 403.
bool may_call(Auth who, Call const& call) {
    if (who != Auth::kAdmin && who != Auth::kAdminOrSelf) return true;
    if (call.caller->is_admin) return true;
    if (who == Auth::kAdmin) return false;
    auto const name = percent_decode(call.captured, false);
    return name && core::fold_name(*name) == core::fold_name(call.caller->name);
}

bool takes_token(Auth who) noexcept { return who == Auth::kAny || who == Auth::kIntrospector || who == Auth::kRevoker; }

bool takes_session(Auth who) noexcept { return who != Auth::kIntrospector && who != Auth::kRevoker; }

bool is_ui_call(Auth who) noexcept { return who == Auth::kSignIn || who == Auth::kSession; }

/// Whether the request says that it comes from the page that was told this (CONTRACT: `X-Warder-CSRF`).
bool carries(Request const& request, std::string_view csrf_token) noexcept {
    auto const said = request.find("x-warder-csrf");
    return said.count == 1 && crypto::equal_in_constant_time(said.value, csrf_token);
}

/// Whether a token's grants cover the very request that it came with.
bool covers_own_request(authority::VerifiedToken const& token, Request const& request) {
    auto const target = split_target(request.target);
    std::string room(target.path.size(), '\0');
    auto const path = judge_path(target.path, room);
    if (!path) return false;
    Ask const ask{.method = request.method, .host = host_of(request), .path = *path, .rpc_methods = nullptr};
    return judge_access(token, ask) == Access::kGranted;
}

bool changes_something(std::string_view method) noexcept { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

/// One request being answered.
class Answering {
  public:
    Answering(Desk const& desk, Match found, Request const& request, AddressBytes const& client, bool is_secure)
        : desk_{desk},
          found_{std::move(found)},
          client_{client},
          call_{.request = request, .address = authority::ClientAddress::of(client), .is_secure = is_secure} {}

    Task<Response> run() {
        auto refused = begin();
        note_use();
        if (refused) co_return std::move(*refused);
        auto const& route = *found_.route;
        if (credentials_) {
            auto refusal = co_await check_password(route.who);
            if (refusal) co_return std::move(*refusal);
        }
        if (auto refusal = admit()) co_return std::move(*refusal);
        co_return co_await route.handler(desk_.services, call_);
    }

    /// The refusal, if the head alone tells of one.
    Task<std::optional<Response>> run_head() {
        auto refusal = begin();
        if (!refusal && credentials_) refusal = co_await check_password(found_.route->who);
        if (!refusal && found_.route->who != Auth::kNone && found_.route->who != Auth::kSignIn) refusal = admit();
        if (refusal) note_use();  // else it comes again, with its body
        co_return refusal;
    }

    /// The same for a route that can answer without waiting; nothing where it would have to wait.
    std::optional<Response> run_at_once() {
        auto response = try_at_once();
        if (response) note_use();  // else it comes again, to wait
        return response;
    }

    [[nodiscard]] std::string_view username() const noexcept {
        if (call_.caller) return call_.caller->name;
        return username_;
    }

  private:
    std::optional<Response> try_at_once() {
        if (auto refusal = begin()) return refusal;
        if (credentials_) return std::nullopt;
        if (auto refusal = admit()) return refusal;
        return found_.route->at_once(desk_.services, call_);
    }

    /// A good token was presented, whether or not it may do what it came for.
    void note_use() const noexcept {
        auto const& token = call_.token ? call_.token : presented_.token;
        if (token) desk_.services.usage.note(*token, client_);
    }

    /// Up to the credential: a password is left in `credentials_` to be proven.
    std::optional<Response> begin() {
        auto const& request = call_.request;
        if (request.method == "CONNECT") return refuse_method(std::string{kEveryMethod});
        if (request.target == "*") return no_content(std::string{kEveryMethod});
        if (auto refusal = refuse_early()) return refusal;
        call_.base = found_.base;
        call_.captured = found_.captured;
        call_.is_draining = desk_.is_draining;
        auto const who = found_.route->who;
        return who == Auth::kNone || who == Auth::kSignIn ? std::nullopt : read_credential(who);
    }

    /// Behind the credential: whether this caller may call, and what the query says.
    std::optional<Response> admit() {
        if (call_.caller) call_.caller->address = address_text(call_.address.whole);
        if (!may_call(found_.route->who, call_)) return refuse(Error::kForbidden);
        auto read = Query::read(split_target(call_.request.target).query, found_.route->parameters);
        if (!read) return std::move(read.error());
        call_.query = std::move(*read);
        return std::nullopt;
    }

    /// Where no call is, the web UI may be.
    [[nodiscard]] Response answer_elsewhere() const {
        auto const path = split_target(call_.request.target).path;
        return desk_.settings.has_ui && is_ui_path(path) ? answer_ui(call_.request, path) : refuse_path();
    }

    std::optional<Response> refuse_early() {
        if (found_.route != nullptr && is_ui_call(found_.route->who) && !desk_.settings.has_ui)
            return refuse(404, "not_found", "There are no sessions here: the web UI is off, see the settings ui.enabled and ui.same_origin.");
        switch (found_.kind) {
            case Match::Kind::kNotFound:
                return answer_elsewhere();
            case Match::Kind::kWrongMethod:
                return refuse_method(std::move(found_.allow));
            case Match::Kind::kOptions:
                return no_content(std::move(found_.allow));
            case Match::Kind::kRoute:
                break;
        }
        if (is_ambiguous(call_.request)) return refuse(400, "bad_request", "There is more than one credential: which one counts would be a guess.");
        if (changes_something(call_.request.method))
            if (auto const why = find_cross_site(call_.request)) return refuse(403, "cross_site", *why);
        return std::nullopt;
    }

    [[nodiscard]] Response unauthorized(Auth who, TokenComplaint complaint = TokenComplaint::kNone) const {
        // Where neither a password nor a token works, the page that asks is the UI's.
        bool const is_session = who == Auth::kSession;
        return refuse_unauthorized({.takes_basic = !is_session,
                                    .takes_bearer = takes_token(who),
                                    .is_script = is_session || is_from_page(call_.request),
                                    .complaint = complaint});
    }

    /// Judges a token at once; what needs a hash is left in `credentials_`.
    std::optional<Response> read_credential(Auth who) {
        presented_ = read_presented(call_.request, desk_.services.verifier, desk_.scratch);
        switch (presented_.kind) {
            case Presented::Kind::kNothing:
                return take_session(who);
            case Presented::Kind::kMalformed:
            case Presented::Kind::kBadToken:
                return unauthorized(who, presented_.complaint);
            case Presented::Kind::kToken:
                return take_token(who);
            case Presented::Kind::kPassword:
                break;
        }
        if (who == Auth::kSession) return unauthorized(who);
        call_.caller = desk_.services.sign_in.verified(*presented_.password, call_.address);
        if (!call_.caller) credentials_ = std::move(presented_.password);
        return std::nullopt;
    }

    std::optional<Response> take_token(Auth who) {
        auto& token = *presented_.token;
        if (!takes_token(who)) return unauthorized(who);  // a token mints no token
        if (who == Auth::kIntrospector && !(token.is_admin && token.is_limited() && covers_own_request(token, call_.request)))
            return unauthorized(who);
        call_.token_text = presented_.token_text();
        call_.token = std::move(presented_.token);
        if (desk_.writes_access_log) username_ = call_.token->username;
        return std::nullopt;
    }

    /// Only where nothing else was presented: that would have decided alone.
    std::optional<Response> take_session(Auth who) {
        if (!desk_.settings.has_ui || !takes_session(who)) return unauthorized(who);
        auto const cookies = SessionCookies::read(call_.request, call_.is_secure);
        if (cookies.verdict != SessionCookies::Verdict::kOne) return unauthorized(who);
        auto session = desk_.services.sessions.use(cookies.id);
        if (!session) return unauthorized(who);
        if (changes_something(call_.request.method) && !carries(call_.request, session->csrf_token))
            return refuse(403, "csrf", "This call needs the header X-Warder-CSRF with the session's csrf_token.");
        call_.caller = session->caller;
        call_.session = std::move(session);
        call_.session_id = cookies.id;
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
    Match found_;
    AddressBytes client_;
    Call call_;
    std::optional<authority::Credentials> credentials_;
    Presented presented_;
    std::string username_;
};

}  // namespace

std::optional<Response> answer_at_once(Desk const& desk, Match const& found, Request const& request, AddressBytes client, bool is_secure) {
    if (found.kind != Match::Kind::kRoute || found.route->at_once == nullptr) return std::nullopt;
    Answering answering{desk, found, request, client, is_secure};
    AccessLine const line{desk, request};
    auto response = answering.run_at_once();
    if (response) line.write(response->status, answering.username());
    return response;
}

Task<std::optional<Response>> refuse_by_head(Desk desk, Match found, Request const& request, AddressBytes client, bool is_secure) {
    Answering answering{desk, std::move(found), request, client, is_secure};
    AccessLine const line{desk, request};
    std::optional<Response> refusal;
    try {
        refusal = co_await answering.run_head();
    } catch (std::exception const&) {
        co_return std::nullopt;  // `answer` will say so
    }
    if (refusal) line.write(refusal->status, answering.username());
    co_return refusal;
}

Task<Response> answer(Desk desk, Match found, Request const& request, AddressBytes client, bool is_secure) {
    Answering answering{desk, std::move(found), request, client, is_secure};
    AccessLine const line{desk, request};
    Response response;
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
        desk.services.log.note_memory_shortage("answering a request");
        response = refuse_for_now(503, "unavailable", kNoMemory, std::chrono::seconds{1});
    }
    if (has_failed) {
        desk.services.log.error("request failed", {{"path", loggable_path(request.target)}});
        response = refuse(500, "internal", "Something went wrong inside the server.");
    }
    line.write(response.status, answering.username());
    co_return response;
}

}  // namespace warder::http
