// SPDX-License-Identifier: MIT
#pragma once

#include "api/query.hpp"
#include "auth/services.hpp"
#include "authority/sessions.hpp"
#include "authority/throttle.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "net/task.hpp"
#include "warder/authority.hpp"
#include "warder/verifier.hpp"

#include <optional>
#include <string_view>

namespace warder::api {

/// A request on its way to its handler: routed, its caller proven, its query read.
struct Call {
    http::Request const& request;
    authority::ClientAddress address;
    bool is_secure = false;       ///< The client speaks TLS, to us or to a trusted proxy.
    std::string_view base{};      ///< `/v1alpha` or `/api/v1alpha`, as the client wrote it.
    std::string_view captured{};  ///< The path's `{id}` or `{name}`, raw.
    Query query{};
    std::optional<authority::Caller> caller{};              ///< Proven by a password or a session.
    std::optional<authority::Sessions::Session> session{};  ///< Where that was the credential.
    std::string_view session_id{};                          ///< As it was presented, for as long as the request.
    std::optional<authority::VerifiedToken> token{};        ///< Views of the thread's scratch: good until the first co_await.
    std::string_view token_text{};                          ///< As it was presented, for as long as the request.
    bool is_draining = false;
};

/// The one shape of a handler. The call outlives the task.
using Handler = net::Task<http::Response> (*)(auth::Services const&, Call const&);

/// What a handler may offer beside it: the answer without waiting, or nothing where that can't be.
using AtOnce = std::optional<http::Response> (*)(auth::Services const&, Call const&);

}  // namespace warder::api
