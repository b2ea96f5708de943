// SPDX-License-Identifier: MIT
#include "api/handlers.hpp"
#include "api/views.hpp"
#include "auth/errors.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "authority/sign_in/sign_in_audit.hpp"
#include "core/try.hpp"
#include "net/await_call.hpp"

#include <charconv>

namespace warder::api {
namespace {

using authority::AuditPage;
using authority::AuditQuery;
using authority::Result;

/// Parses a whole number from 1 to `most`; digits only.
template <class Number>
std::optional<Number> read_number(std::string_view text, Number most) noexcept {
    Number number{};
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < 1 || number > most) return std::nullopt;
    return number;
}

std::expected<AuditQuery, http::Response> read_audit_query(Call const& call) {
    AuditQuery query{.before = std::nullopt, .limit = kMaxPage};
    if (auto const limit = call.query.find("limit")) {
        auto const number = read_number(*limit, kMaxPage);
        if (!number)
            return std::unexpected(auth::error_response(400, "bad_field", "The query parameter \"limit\" must be an integer from 1 to 1000."));
        query.limit = *number;
    }
    if (auto const before = call.query.find("before")) {
        query.before = read_number(*before, std::numeric_limits<std::int64_t>::max());
        if (!query.before)
            return std::unexpected(auth::error_response(400, "bad_field", "The query parameter \"before\" must be the id of an audit event."));
    }
    return query;
}

std::string link_to_next(Call const& call, AuditPage const& page) {
    std::string link = "<" + std::string{call.base} + "/audit?";
    if (auto const limit = call.query.find("limit")) link += "limit=" + std::string{*limit} + "&";
    return link + "before=" + std::to_string(page.events.back().id) + ">; rel=\"next\"";
}

http::Response listed(Call const& call, AuditPage const& page) {
    http::Response response;
    response.body = view_of(page);
    if (page.has_more) response.add("Link", link_to_next(call, page));
    return response;
}

}  // namespace

/// GET /audit: lists changes and sign-ins, newest first. Events that are still being aggregated are written to the log first.
net::Task<HandlerResult> list_audit_events(auth::Services const& services, Call const& call) {
    auto const query = read_audit_query(call);
    if (!query) co_return query.error();
    // If writing them fails, the other events can still be listed.
    auto write = [&](std::move_only_function<void(bool)> done) {
        services.sign_in.audit().write_all([done = std::move(done)]() mutable { done(true); });
    };
    co_await net::await_callback<bool>(write);
    WARDER_CO_TRY(auto const page, co_await net::await_call<&authority::Authority::list_audit_events>(services.authority, *query));
    co_return listed(call, page);
}

}  // namespace warder::api
