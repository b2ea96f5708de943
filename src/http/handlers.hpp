// SPDX-License-Identifier: MIT
#pragma once

#include "http/call.hpp"

namespace warder::http {

Task<Response> mint_token(Services const& services, Call const& call);
Task<Response> list_tokens(Services const& services, Call const& call);
Task<Response> show_token(Services const& services, Call const& call);
Task<Response> edit_token(Services const& services, Call const& call);
Task<Response> delete_token(Services const& services, Call const& call);
Task<Response> renew_token(Services const& services, Call const& call);

Task<Response> preview(Services const& services, Call const& call);
Task<Response> introspect(Services const& services, Call const& call);
Task<Response> revoke(Services const& services, Call const& call);

Task<Response> whoami(Services const& services, Call const& call);
std::optional<Response> whoami_at_once(Services const& services, Call const& call);
Task<Response> liveness(Services const& services, Call const& call);
Task<Response> readiness(Services const& services, Call const& call);

Task<Response> list_users(Services const& services, Call const& call);
Task<Response> add_user(Services const& services, Call const& call);
Task<Response> show_user(Services const& services, Call const& call);
Task<Response> edit_user(Services const& services, Call const& call);
Task<Response> delete_user(Services const& services, Call const& call);
Task<Response> set_password(Services const& services, Call const& call);

Task<Response> sign_in(Services const& services, Call const& call);
Task<Response> show_session(Services const& services, Call const& call);
Task<Response> sign_out(Services const& services, Call const& call);

Task<Response> list_audit_events(Services const& services, Call const& call);

}  // namespace warder::http
