// SPDX-License-Identifier: MIT
#include "api/denials.hpp"
#include "api/handlers.hpp"
#include "api/input.hpp"
#include "api/views.hpp"
#include "auth/errors.hpp"
#include "authority/sign_in/sessions.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "http/session_cookie.hpp"
#include "index/user_directory.hpp"
#include "net/await_call.hpp"

#include <array>

namespace warder::api {
namespace {

using authority::Error;
using authority::Sessions;
using authority::SignIn;
using Kind = InputField::Kind;

constexpr auto kSignInFields = std::to_array<InputField>({{Kind::kText, "username", true}, {Kind::kText, "password", true}});
/// The password may change while it is being verified, but hardly twice in a row.
constexpr int kMostTries = 2;

http::Response session_answer(Sessions::Session const& session) {
    http::Response response;
    response.body = view_of(session);
    return response;
}

net::Task<SignIn::Outcome> prove(auth::Services const& services, authority::ClientAddress address, authority::Credentials credentials) {
    co_return co_await net::await_call<&authority::SignIn::check>(services.sign_in, std::move(credentials), address);
}

/// Returns the user's account if the credentials are valid right now: a session is bound to the account and password for
/// which it was started.
std::optional<index::Account> account_of(auth::Services const& services, Call const& call, authority::Credentials const& credentials) {
    auto account = services.directory.find(credentials.username);
    if (!account || !services.sign_in.verified(credentials, call.address)) return std::nullopt;
    return account;
}

http::Response begin_session(auth::Services const& services, Call const& call, index::Account const& account) {
    auto const cookies = http::SessionCookies::read(call.request, call.is_secure);
    for (auto const id : cookies.every) services.sessions.end(id);
    auto const made = services.sessions.begin(account);
    auto response = session_answer(made.session);
    response.status = 201;
    response.add("Set-Cookie", http::session_cookie(made.id.view(), call.is_secure));
    // The other name is from before TLS was turned on or off. With both cookies, later requests would be ambiguous.
    if (cookies.has_wrong_name) response.add("Set-Cookie", http::cleared_cookie(!call.is_secure));
    return response;
}

}  // namespace

/// POST /session: signs in. Always starts a new session and ends the one in the request.
net::Task<HandlerResult> sign_in(auth::Services const& services, Call const& call) {
    auto const input = Input::read(call.request.body, kSignInFields);
    if (!input) co_return input.error();
    authority::Credentials const credentials{.username = *input->text("username"), .password = input->secret("password")};
    for (int tries = 0; tries < kMostTries; ++tries) {
        // A named variable, because g++ 12 destroys some temporaries of a co_await twice.
        authority::Credentials copy{.username = credentials.username, .password = credentials.password.copy()};
        auto const outcome = co_await prove(services, call.address, std::move(copy));
        if (!outcome) co_return deny(call, denial_of(outcome.error()));
        if (auto const account = account_of(services, call, credentials)) co_return begin_session(services, call, *account);
    }
    co_return std::unexpected(Error::kBusy);
}

/// GET /session
net::Task<HandlerResult> show_session(auth::Services const&, Call const& call) { co_return session_answer(*call.session); }

/// DELETE /session: signs out.
net::Task<HandlerResult> sign_out(auth::Services const& services, Call const& call) {
    services.sessions.end(call.session_id);
    auto response = auth::message("Signed out");
    response.add("Set-Cookie", http::cleared_cookie(call.is_secure));
    co_return response;
}

}  // namespace warder::api
