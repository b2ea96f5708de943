// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"

/// The handlers. Each names the services it needs as parameters; see `bind`.
namespace warder::api {

net::Task<HandlerResult> mint_token(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> list_tokens(authority::Authority& authority, Clock const& clock, Call const& call);
net::Task<HandlerResult> show_token(authority::Authority& authority, Clock const& clock, Call const& call);
net::Task<HandlerResult> edit_token(authority::Authority& authority, Clock const& clock, Call const& call);
net::Task<HandlerResult> delete_token(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> delete_tokens_of_user(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> renew_token(authority::Authority& authority, Call const& call);

net::Task<HandlerResult> preview(authority::Authority& authority, Clock const& clock, Call const& call);
net::Task<HandlerResult> introspect(authority::Verifier const& verifier, Call const& call);
net::Task<HandlerResult> revoke(authority::Authority& authority, authority::Verifier const& verifier, Call const& call);

net::Task<HandlerResult> whoami(authority::Authority& authority, authority::Verifier const& verifier, Clock const& clock, Call const& call);
std::optional<http::Response> whoami_sync(authority::Verifier const& verifier, Clock const& clock, Call const& call);
net::Task<HandlerResult> list_presets(authority::PresetCatalog const& presets);
net::Task<HandlerResult> show_server(authority::Authority& authority, auth::ServerInfo const& info);
net::Task<HandlerResult> liveness();
net::Task<HandlerResult> readiness(authority::Authority& authority, authority::Verifier const& verifier, Call const& call);
net::Task<HandlerResult> show_openapi();

net::Task<HandlerResult> list_users(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> add_user(authority::Authority& authority, authority::PasswordHasher& hasher, index::UserDirectory const& directory,
                                  Call const& call);
net::Task<HandlerResult> show_user(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> edit_user(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> delete_user(authority::Authority& authority, Call const& call);
net::Task<HandlerResult> set_password(authority::Authority& authority, authority::SignIn& sign_in, authority::PasswordHasher& hasher,
                                      index::UserDirectory const& directory, Call const& call);

net::Task<HandlerResult> sign_in(authority::SignIn& sign_in, authority::Sessions& sessions, index::UserDirectory const& directory,
                                 authority::Verifier const& verifier, Call const& call);
net::Task<HandlerResult> show_session(Call const& call);
net::Task<HandlerResult> sign_out(authority::Sessions& sessions, Call const& call);
net::Task<HandlerResult> list_sessions(authority::Sessions& sessions, Call const& call);
net::Task<HandlerResult> end_sessions(authority::Authority& authority, authority::Sessions& sessions, Call const& call);
net::Task<HandlerResult> end_session(authority::Authority& authority, authority::Sessions& sessions, Call const& call);
net::Task<HandlerResult> end_sessions_of_user(authority::Authority& authority, authority::Sessions& sessions, Call const& call);

net::Task<HandlerResult> list_audit_events(authority::Authority& authority, authority::SignIn& sign_in, Call const& call);

}  // namespace warder::api
