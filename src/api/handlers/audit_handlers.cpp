// SPDX-License-Identifier: MIT
#include "api/handlers/handlers.hpp"
#include "api/views.hpp"
#include "authority/sign_in/sign_in.hpp"
#include "authority/sign_in/sign_in_audit.hpp"
#include "core/try.hpp"
#include "net/await_call.hpp"

#include <cstdint>

namespace warder::api {
namespace {

using authority::AuditPage;
using authority::AuditQuery;
using authority::Result;

AuditQuery read_audit_query(Call const& call) {
    return {.before = call.query.number("before"), .limit = static_cast<std::uint32_t>(call.query.number("limit").value_or(kMaxPage))};
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
net::Task<HandlerResult> list_audit_events(authority::Authority& authority, authority::SignIn& sign_in, Call const& call) {
    auto const query = read_audit_query(call);
    // If writing them fails, the other events can still be listed.
    auto write = [&](std::move_only_function<void(bool)> done) { sign_in.audit().write_all([done = std::move(done)]() mutable { done(true); }); };
    co_await net::await_callback<bool>(write);
    WARDER_CO_TRY(auto const page, co_await net::await_call<&authority::Authority::list_audit_events>(authority, query));
    co_return listed(call, page);
}

}  // namespace warder::api
