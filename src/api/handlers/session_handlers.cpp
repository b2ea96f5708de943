// SPDX-License-Identifier: MIT
#include "api/body.hpp"
#include "api/denials.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/user_in_path.hpp"
#include "api/router.hpp"
#include "api/views.hpp"
#include "auth/errors.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "core/try.hpp"
#include "http/session_cookie.hpp"
#include "index/user_directory.hpp"
#include "net/await_call.hpp"

#include <string>
#include <utility>

namespace warder::api {
namespace {

using authority::Error;
using authority::Sessions;
using authority::SignIn;

/// The password may change while it is being verified, but hardly twice in a row.
constexpr int kMostTries = 2;

http::Response session_answer(Sessions::Session const& session) {
    http::Response response;
    response.body = view_of(session);
    return response;
}

net::Task<SignIn::Outcome> prove(SignIn& sign_in, authority::ClientAddress address, authority::Credentials credentials) {
    co_return co_await net::await_call<&authority::SignIn::check>(sign_in, std::move(credentials), address);
}

/// Returns the user's account if the credentials are valid right now: a session is bound to the account and password for
/// which it was started.
std::optional<index::Account> account_of(SignIn& sign_in, index::UserDirectory const& directory, Call const& call,
                                         authority::Credentials const& credentials) {
    auto account = directory.find(credentials.username);
    if (!account || !sign_in.verified(credentials, call.address)) return std::nullopt;
    return account;
}

http::Response sign_in_answer(Sessions::NewSession const& made, http::SessionCookies const& cookies, Call const& call) {
    auto response = session_answer(made.session);
    response.status = call.route->success.status;
    response.add("Set-Cookie", http::session_cookie(made.id.view(), call.is_secure));
    // The other name is from before TLS was turned on or off. With both cookies, later requests would be ambiguous.
    if (cookies.has_wrong_name) response.add("Set-Cookie", http::cleared_cookie(!call.is_secure));
    return response;
}

}  // namespace

/// POST /session: signs in. Always starts a new session and ends the one in the request.
net::Task<HandlerResult> sign_in(authority::SignIn& sign_in, authority::Sessions& sessions, index::UserDirectory const& directory,
                                 authority::Verifier const& verifier, Call const& call) {
    WARDER_CO_TRY(auto const input, read_input(call));
    if (verifier.is_stale()) co_return deny(call, {.reason = auth::DenialReason::kStaleIndex});
    authority::Credentials const credentials{.username = *input.text("username"), .password = input.secret("password")};
    for (int tries = 0; tries < kMostTries; ++tries) {
        // A named variable, because g++ 12 destroys some temporaries of a co_await twice.
        authority::Credentials copy{.username = credentials.username, .password = credentials.password.copy()};
        bool const is_known = sign_in.verified(credentials, call.address).has_value();
        auto const outcome = co_await prove(sign_in, call.address, std::move(copy));
        if (!outcome) {
            call.log.count_sign_in(sign_in_outcome_of(outcome.error()));
            co_return deny(call, denial_of(outcome.error()));
        }
        call.log.count_sign_in(is_known ? auth::SignInOutcome::kCached : auth::SignInOutcome::kOk);
        auto const account = account_of(sign_in, directory, call, credentials);
        if (!account) continue;
        auto const cookies = http::SessionCookies::read(call.request, call.is_secure);
        WARDER_CO_TRY(auto const made, co_await net::await_call<&Sessions::begin>(sessions, *account, cookies.every));
        if (made) co_return sign_in_answer(*made, cookies, call);
    }
    co_return std::unexpected(Error::kBusy);
}

/// GET /session
net::Task<HandlerResult> show_session(Call const& call) { co_return session_answer(*call.principal.session); }

/// GET /sessions
net::Task<HandlerResult> list_sessions(authority::Sessions& sessions, Call const& call) {
    WARDER_CO_TRY(auto const listed, co_await net::await_call<&Sessions::list>(sessions, call.user().id, call.principal.session_id));
    http::Response response;
    response.body = view_of(listed);
    co_return response;
}

/// DELETE /sessions: signs the caller out everywhere, here too.
net::Task<HandlerResult> end_sessions(authority::Authority& authority, authority::Sessions& sessions, Call const& call) {
    auto const& user = call.user();
    WARDER_CO_TRY_VOID(co_await net::await_call<&Sessions::end_all>(sessions, authority, user, user.id, user.name));
    auto response = auth::message(kSignedOutEverywhere);
    response.add("Set-Cookie", http::cleared_cookie(call.is_secure));
    co_return response;
}

/// DELETE /sessions/{session}
net::Task<HandlerResult> end_session(authority::Authority& authority, authority::Sessions& sessions, Call const& call) {
    std::string handle{call.captured};
    WARDER_CO_TRY_VOID(co_await net::await_call<&Sessions::end_listed>(sessions, authority, call.user(), std::move(handle)));
    co_return auth::message(kSignedOut);
}

/// DELETE /users/{name}/sessions
net::Task<HandlerResult> end_sessions_of_user(authority::Authority& authority, authority::Sessions& sessions, Call const& call) {
    WARDER_CO_TRY(auto const name, user_in_path(call));
    WARDER_CO_TRY(auto user, co_await net::await_call<&authority::Authority::show_user>(authority, name));
    WARDER_CO_TRY_VOID(co_await net::await_call<&Sessions::end_all>(sessions, authority, call.user(), user.id, std::move(user.name)));
    co_return auth::message(kSignedOutEverywhere);
}

/// DELETE /session: signs out.
net::Task<HandlerResult> sign_out(authority::Sessions& sessions, Call const& call) {
    WARDER_CO_TRY_VOID(co_await net::await_call<&Sessions::end>(sessions, call.principal.session_id));
    auto response = auth::message(kSignedOut);
    response.add("Set-Cookie", http::cleared_cookie(call.is_secure));
    co_return response;
}

}  // namespace warder::api
