// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"

namespace warder::api {

net::Task<HandlerResult> mint_token(auth::Services const& services, Call const& call);
net::Task<HandlerResult> list_tokens(auth::Services const& services, Call const& call);
net::Task<HandlerResult> show_token(auth::Services const& services, Call const& call);
net::Task<HandlerResult> edit_token(auth::Services const& services, Call const& call);
net::Task<HandlerResult> delete_token(auth::Services const& services, Call const& call);
net::Task<HandlerResult> renew_token(auth::Services const& services, Call const& call);

net::Task<HandlerResult> preview(auth::Services const& services, Call const& call);
net::Task<HandlerResult> introspect(auth::Services const& services, Call const& call);
net::Task<HandlerResult> revoke(auth::Services const& services, Call const& call);

net::Task<HandlerResult> whoami(auth::Services const& services, Call const& call);
std::optional<http::Response> whoami_sync(auth::Services const& services, Call const& call);
net::Task<HandlerResult> show_server(auth::Services const& services, Call const& call);
net::Task<HandlerResult> liveness(auth::Services const& services, Call const& call);
net::Task<HandlerResult> readiness(auth::Services const& services, Call const& call);

net::Task<HandlerResult> list_users(auth::Services const& services, Call const& call);
net::Task<HandlerResult> add_user(auth::Services const& services, Call const& call);
net::Task<HandlerResult> show_user(auth::Services const& services, Call const& call);
net::Task<HandlerResult> edit_user(auth::Services const& services, Call const& call);
net::Task<HandlerResult> delete_user(auth::Services const& services, Call const& call);
net::Task<HandlerResult> set_password(auth::Services const& services, Call const& call);

net::Task<HandlerResult> sign_in(auth::Services const& services, Call const& call);
net::Task<HandlerResult> show_session(auth::Services const& services, Call const& call);
net::Task<HandlerResult> sign_out(auth::Services const& services, Call const& call);

net::Task<HandlerResult> list_audit_events(auth::Services const& services, Call const& call);

}  // namespace warder::api
