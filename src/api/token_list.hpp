// SPDX-License-Identifier: MIT
#pragma once

#include "api/call.hpp"
#include "auth/services.hpp"
#include "core/text/json_writer.hpp"
#include "http/response.hpp"
#include "net/task.hpp"
#include "warder/authority.hpp"

namespace warder::api {

/// Answers with the list that is asked for, oldest first. A long one is read from the store and sent in pieces, so that neither its tokens nor its
/// text are ever held as a whole: what is deleted meanwhile may be missing, what is minted meanwhile may be there.
net::Task<http::Response> answer_token_list(auth::Services const& services, Call const& call, authority::ListRequest request, bool with_usage);

/// Appends the keys of `?include=usage`.
void add_usage(core::JsonObject& object, TokenRecord const& token);

}  // namespace warder::api
