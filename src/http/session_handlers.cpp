// SPDX-License-Identifier: MIT
#include "authority/directory.hpp"
#include "authority/sessions.hpp"
#include "authority/sign_in.hpp"
#include "http/ask.hpp"
#include "http/errors.hpp"
#include "http/handlers.hpp"
#include "http/input.hpp"
#include "http/json_text.hpp"
#include "http/session_cookie.hpp"
#include "http/times.hpp"

#include <array>

namespace warder::http {
namespace {

using authority::Error;
using authority::Sessions;
using authority::SignIn;
using Kind = InputField::Kind;

constexpr auto kSignInFields = std::to_array<InputField>({{Kind::kText, "username", true}, {Kind::kText, "password", true}});
/// A password may change while it is proven; that it does so twice is no accident.
constexpr int kMostTries = 2;

Response session_answer(Sessions::Session const& session) {
    Response response;
    JsonObject{response.body}
        .text("username", session.caller.name)
        .flag("is_admin", session.caller.is_admin)
        .text("csrf_token", session.csrf_token)
        .text("expires_at", rfc3339(session.expires_at))
        .close();
    return response;
}

Response refuse_sign_in(authority::SignInRefusal const& refusal) {
    if (refusal.error == Error::kWrongCredentials) return refuse_unauthorized({.takes_basic = false, .is_script = true});
    if (refusal.error == Error::kThrottled) return refuse_for_now(429, "throttled", sentence(refusal.error), refusal.retry_after);
    return refuse_for_now(503, "unavailable", sentence(refusal.error), refusal.retry_after);
}

Task<SignIn::Outcome> prove(Services const& services, authority::ClientAddress address, authority::Credentials credentials) {
    auto start = [&](std::move_only_function<void(SignIn::Outcome)> done) {
        services.sign_in.check(std::move(credentials), address, std::move(done));
    };
    co_return co_await ask<SignIn::Outcome>(start);
}

/// The user as they stand, if these credentials are theirs at this very moment: a session is bound to what it was begun with.
std::optional<authority::Account> account_of(Services const& services, Call const& call, authority::Credentials const& credentials) {
    auto account = services.directory.find(credentials.username);
    if (!account || !services.sign_in.verified(credentials, call.address)) return std::nullopt;
    return account;
}

Response begin_session(Services const& services, Call const& call, authority::Account const& account) {
    auto const cookies = SessionCookies::read(call.request, call.is_secure);
    for (auto const id : cookies.every) services.sessions.end(id);
    auto const made = services.sessions.begin(account);
    auto response = session_answer(made.session);
    response.status = 201;
    response.add("Set-Cookie", session_cookie(made.id.view(), call.is_secure));
    // From before there was TLS, or when there was some; beside the new one it would be one too many.
    if (cookies.has_wrong_name) response.add("Set-Cookie", cleared_cookie(!call.is_secure));
    return response;
}

}  // namespace

/// POST /session: signs in. The session is always a new one, and ends the one that was presented.
Task<Response> sign_in(Services const& services, Call const& call) {
    auto const input = Input::read(call.request.body, kSignInFields);
    if (!input) co_return input.error();
    authority::Credentials const credentials{.username = *input->text("username"), .password = input->secret("password")};
    for (int tries = 0; tries < kMostTries; ++tries) {
        // With a name of its own: g++ 12 destroys some temporaries of a co_await twice.
        authority::Credentials copy{.username = credentials.username, .password = credentials.password.copy()};
        auto const outcome = co_await prove(services, call.address, std::move(copy));
        if (!outcome) co_return refuse_sign_in(outcome.error());
        if (auto const account = account_of(services, call, credentials)) co_return begin_session(services, call, *account);
    }
    co_return refuse(Error::kBusy);
}

/// GET /session
Task<Response> show_session(Services const&, Call const& call) { co_return session_answer(*call.session); }

/// DELETE /session: signs out.
Task<Response> sign_out(Services const& services, Call const& call) {
    services.sessions.end(call.session_id);
    Response response;
    JsonObject{response.body}.text("message", "Signed out").close();
    response.add("Set-Cookie", cleared_cookie(call.is_secure));
    co_return response;
}

}  // namespace warder::http
