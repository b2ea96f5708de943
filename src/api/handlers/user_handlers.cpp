// SPDX-License-Identifier: MIT
#include "api/body.hpp"
#include "api/denials.hpp"
#include "api/handlers/handlers.hpp"
#include "api/handlers/user_in_path.hpp"
#include "api/router.hpp"
#include "api/views.hpp"
#include "auth/errors.hpp"
#include "authority/sign_in/password_hasher.hpp"
#include "authority/sign_in/password_rule.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "core/rules.hpp"
#include "core/try.hpp"
#include "index/user_directory.hpp"
#include "net/await_call.hpp"
#include "net/body_pieces.hpp"

#include <algorithm>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace warder::api {
namespace {

using authority::Error;
using authority::Result;

http::Response user_answer(UserRecord const& user, LastSignIn last_sign_in = LastSignIn::kLeftOut) {
    http::Response response;
    response.body = view_of(user, last_sign_in);
    return response;
}

LastSignIn included_sign_in(Call const& call) { return call.query.find("include") ? LastSignIn::kShown : LastSignIn::kLeftOut; }

/// In bytes. A longer list is not held in memory as a whole while its client reads it.
constexpr std::size_t kMaxHeldOfUsers = std::size_t{256} * 1024;
constexpr std::size_t kUsersAtOnce = 50;

/// The rest of the list of users. Each user is read again when due; users deleted in the meantime are left out.
class UserListPieces final : public net::BodyPieces {
  public:
    UserListPieces(authority::Authority& authority, std::vector<std::string> names, LastSignIn last_sign_in)
        : authority_{&authority}, names_{std::move(names)}, last_sign_in_{last_sign_in} {}

    net::Task<State> append_next(std::string& out) override {
        auto const end = std::min(next_ + kUsersAtOnce, names_.size());
        for (; next_ < end; ++next_) {
            auto const user = co_await net::await_call<&authority::Authority::show_user>(*authority_, names_[next_]);
            if (!user && user.error() == Error::kUserNotFound) continue;
            if (!user) co_return State::kFailed;
            out += ',';
            out += view_of(*user, last_sign_in_);
        }
        if (next_ < names_.size()) co_return State::kIncomplete;
        out += kUserListEnd;
        co_return State::kComplete;
    }

  private:
    authority::Authority* authority_;
    std::vector<std::string> names_;
    LastSignIn last_sign_in_;
    std::size_t next_ = 0;
};

std::unexpected<Failure> bad_cursor(std::string_view what) {
    return std::unexpected{Failure{auth::error_response(400, "bad_field", "The query parameter \"after\" " + std::string{what} + ".")}};
}

/// Reads all users, or those of the page that the query asks for.
net::Task<std::expected<authority::UserPage, Failure>> read_users(authority::Authority& authority, Call const& call) {
    auto const limit = call.query.number("limit");
    std::optional<std::string> after;
    if (auto const name = call.query.find("after")) after.emplace(*name);
    if (!limit) {
        if (after) co_return bad_cursor("needs \"limit\"");
        WARDER_CO_TRY(auto users, co_await net::await_call<&authority::Authority::list_users>(authority));
        co_return authority::UserPage{.users = std::move(users), .has_more = false};
    }
    constexpr std::string_view kUnknown = "is not the name of a user";
    if (after && !core::is_user_name(*after)) co_return bad_cursor(kUnknown);
    auto const count = static_cast<std::uint32_t>(*limit);
    auto page = co_await net::await_call<&authority::Authority::page_users>(authority, std::move(after), count);
    if (!page && page.error() == Error::kUnknownCursor) co_return bad_cursor(kUnknown);
    if (!page) co_return std::unexpected{Failure{page.error()}};
    co_return std::move(*page);
}

/// Returns the link to the users after this one.
std::string next_page(Call const& call, std::string_view last) {
    std::string link = "<" + std::string{call.base} + "/users/?limit=" + std::string{*call.query.find("limit")};
    link.append("&after=").append(last);  // a name's characters need no escape in a query
    if (call.query.find("include")) link += "&include=last_sign_in";
    return link + ">; rel=\"next\"";
}

net::Task<Result<std::string>> hash_password(authority::PasswordHasher& hasher, Call const& call, crypto::Secret password) {
    authority::HashOrigin const origin{.address = call.address.bytes};
    co_return co_await net::await_call<&authority::PasswordHasher::hash>(hasher, std::move(password), origin);
}

/// Verifies the caller's current password.
/// @return the response if that fails; nullopt if the password is right.
net::Task<std::optional<http::Response>> deny_unless_confirmed(authority::SignIn& sign_in, Call const& call, crypto::Secret current) {
    authority::Credentials credentials{call.user().name, std::move(current)};
    auto const confirmed = co_await net::await_call<&authority::SignIn::confirm>(sign_in, std::move(credentials), call.address);
    if (confirmed) co_return std::nullopt;
    call.log.count_sign_in(sign_in_outcome_of(confirmed.error()));  // a right one is no sign-in: the caller was authenticated before
    auto denial = denial_of(confirmed.error());
    if (denial.reason == auth::DenialReason::kWrongPassword)
        denial = {.reason = auth::DenialReason::kForbidden, .message = "The current password is wrong."};
    co_return deny(call, denial);
}

}  // namespace

/// GET /users: all users or, with `limit`, a page of them.
net::Task<HandlerResult> list_users(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto page, co_await read_users(authority, call));
    auto const last_sign_in = included_sign_in(call);
    http::Response response;
    if (page.has_more) response.add("Link", next_page(call, page.users.back().name));
    response.body = kUserListBegin;
    auto user = page.users.begin();
    for (; user != page.users.end() && response.body.size() < kMaxHeldOfUsers; ++user) {
        if (user != page.users.begin()) response.body += ',';
        response.body += view_of(*user, last_sign_in);
    }
    if (user == page.users.end()) {
        response.body += kUserListEnd;
    } else {
        std::vector<std::string> names;
        for (; user != page.users.end(); ++user) names.push_back(std::move(user->name));
        response.rest = std::make_shared<UserListPieces>(authority, std::move(names), last_sign_in);
    }
    co_return response;
}

/// POST /users: adds a user or, without a password, a service account. Checks everything else before it hashes the password,
/// which is expensive.
net::Task<HandlerResult> add_user(authority::Authority& authority, authority::PasswordHasher& hasher, index::UserDirectory const& directory,
                                  Call const& call) {
    WARDER_CO_TRY(auto const input, read_input(call));
    auto const name = *input.text("username");
    if (!core::is_user_name(name)) co_return std::unexpected(Error::kBadUserName);
    auto password = input.secret("password");
    bool const is_service = !input.has("password");
    if (!is_service) WARDER_CO_TRY_VOID(authority::validate_password(password.view()));
    WARDER_CO_TRY(auto ceiling, input.grants("endpoints"));
    if (directory.find(name)) co_return std::unexpected(Error::kUserExists);

    authority::NewUser wanted{.name = name, .password_hash = {}, .is_admin = input.flag("is_admin").value_or(false), .ceiling = std::move(ceiling)};
    if (!is_service) {
        WARDER_CO_TRY(wanted.password_hash, co_await hash_password(hasher, call, std::move(password)));
    }
    WARDER_CO_TRY(auto const user, co_await net::await_call<&authority::Authority::add_user>(authority, call.user(), std::move(wanted)));
    auto response = user_answer(user);
    response.status = call.route->success.status;
    response.add("Location", std::string{call.base} + "/users/" + user.name);  // a name's characters need no escape in a path
    co_return response;
}

/// GET /users/{name}
net::Task<HandlerResult> show_user(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto const name, user_in_path(call));
    WARDER_CO_TRY(auto const user, co_await net::await_call<&authority::Authority::show_user>(authority, name));
    co_return user_answer(user, included_sign_in(call));
}

/// PATCH /users/{name}
net::Task<HandlerResult> edit_user(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto const name, user_in_path(call));
    WARDER_CO_TRY(auto const input, read_input(call));
    WARDER_CO_TRY(auto ceiling, input.grants_if_named("endpoints"));
    authority::UserEdit edit{.is_admin = input.flag("is_admin"), .ceiling = std::move(ceiling)};
    WARDER_CO_TRY(auto const user, co_await net::await_call<&authority::Authority::edit_user>(authority, call.user(), name, std::move(edit)));
    co_return user_answer(user);
}

/// DELETE /users/{name}
net::Task<HandlerResult> delete_user(authority::Authority& authority, Call const& call) {
    WARDER_CO_TRY(auto const name, user_in_path(call));
    WARDER_CO_TRY_VOID(co_await net::await_call<&authority::Authority::remove_user>(authority, call.user(), name));
    co_return auth::message(kUserDeleted);
}

/// PUT /users/{name}/password
net::Task<HandlerResult> set_password(authority::Authority& authority, authority::SignIn& sign_in, authority::PasswordHasher& hasher,
                                      index::UserDirectory const& directory, Call const& call) {
    WARDER_CO_TRY(auto const name, user_in_path(call));
    if (!directory.find(name)) co_return std::unexpected(Error::kUserNotFound);
    WARDER_CO_TRY(auto const input, read_input(call));
    auto password = input.secret("password");
    bool const is_own = core::fold_name(name) == core::fold_name(call.user().name);
    if (is_own && !input.has("current_password")) co_return missing_field("current_password");
    WARDER_CO_TRY_VOID(authority::validate_password(password.view()));
    if (is_own) {
        auto rejection = co_await deny_unless_confirmed(sign_in, call, input.secret("current_password"));
        if (rejection) co_return std::move(*rejection);
    }
    WARDER_CO_TRY(auto hash, co_await hash_password(hasher, call, std::move(password)));
    WARDER_CO_TRY_VOID(co_await net::await_call<&authority::Authority::set_password>(authority, call.user(), name, std::move(hash)));
    co_return auth::message(kPasswordChanged);
}

}  // namespace warder::api
