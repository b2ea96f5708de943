// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "api/views.hpp"
#include "authority/token_filter.hpp"
#include "http/response.hpp"
#include "net/task.hpp"
#include "warder/authority.hpp"

#include <string_view>

namespace warder::api {

/// Query parameters of the list: durations that tokens are selected by.
inline constexpr std::string_view kExpiresWithin = "expires_within";
inline constexpr std::string_view kUnusedFor = "unused_for";

/// Responds with the requested list, oldest first. A long list is read from the store and sent in pieces, so that
/// neither its tokens nor its text are ever in memory as a whole. Tokens revoked or minted in the meantime may or may
/// not be included.
/// @param filter  leaves out tokens, before they count toward the request's limit.
net::Task<http::Response> answer_token_list(authority::Authority& authority, Clock const& clock, Call const& call, authority::ListRequest request,
                                            authority::TokenFilter const& filter, UsageKeys usage);

}  // namespace warder::api
