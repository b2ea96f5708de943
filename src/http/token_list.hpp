// SPDX-License-Identifier: MIT
#pragma once

#include "http/call.hpp"
#include "http/json_text.hpp"
#include "http/response.hpp"
#include "http/server.hpp"
#include "http/task.hpp"
#include "warder/authority.hpp"

namespace warder::http {

/// Answers with the list that is asked for, oldest first. A long one is read from the store and sent in pieces, so that neither its tokens nor its
/// text are ever held as a whole: what is deleted meanwhile may be missing, what is minted meanwhile may be there.
Task<Response> answer_token_list(Services const& services, Call const& call, authority::ListRequest request, bool with_usage);

/// Appends the keys of `?include=usage`.
void add_usage(JsonObject& object, TokenRecord const& token);

}  // namespace warder::http
