// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"

namespace warder::api {

net::Task<http::Response> mint_token(auth::Services const& services, Call const& call);
net::Task<http::Response> list_tokens(auth::Services const& services, Call const& call);
net::Task<http::Response> show_token(auth::Services const& services, Call const& call);
net::Task<http::Response> edit_token(auth::Services const& services, Call const& call);
net::Task<http::Response> delete_token(auth::Services const& services, Call const& call);
net::Task<http::Response> renew_token(auth::Services const& services, Call const& call);

net::Task<http::Response> preview(auth::Services const& services, Call const& call);
net::Task<http::Response> introspect(auth::Services const& services, Call const& call);
net::Task<http::Response> revoke(auth::Services const& services, Call const& call);

net::Task<http::Response> whoami(auth::Services const& services, Call const& call);
std::optional<http::Response> whoami_sync(auth::Services const& services, Call const& call);
net::Task<http::Response> liveness(auth::Services const& services, Call const& call);
net::Task<http::Response> readiness(auth::Services const& services, Call const& call);

net::Task<http::Response> list_users(auth::Services const& services, Call const& call);
net::Task<http::Response> add_user(auth::Services const& services, Call const& call);
net::Task<http::Response> show_user(auth::Services const& services, Call const& call);
net::Task<http::Response> edit_user(auth::Services const& services, Call const& call);
net::Task<http::Response> delete_user(auth::Services const& services, Call const& call);
net::Task<http::Response> set_password(auth::Services const& services, Call const& call);

net::Task<http::Response> sign_in(auth::Services const& services, Call const& call);
net::Task<http::Response> show_session(auth::Services const& services, Call const& call);
net::Task<http::Response> sign_out(auth::Services const& services, Call const& call);

net::Task<http::Response> list_audit_events(auth::Services const& services, Call const& call);

}  // namespace warder::api
