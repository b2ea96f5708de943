// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "api/views.hpp"
#include "http/response.hpp"
#include "net/task.hpp"
#include "warder/authority.hpp"

namespace warder::api {

/// Responds with the requested list, oldest first. A long list is read from the store and sent in pieces, so that
/// neither its tokens nor its text are ever in memory as a whole. Tokens revoked or minted in the meantime may or may
/// not be included.
net::Task<http::Response> answer_token_list(authority::Authority& authority, Clock const& clock, Call const& call, authority::ListRequest request,
                                            UsageKeys usage);

}  // namespace warder::api
