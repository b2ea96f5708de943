// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"
#include "auth/client_address.hpp"
#include "auth/request_context.hpp"
#include "authority/sign_in/throttle.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "net/task.hpp"

#include <optional>

namespace warder::api {

/// Handles a complete request: authenticates it, checks the query, calls the handler. Never throws.
/// @param found  the matched route, see `match`.
net::Task<http::Response> answer(auth::RequestContext context, Match found, http::Request const& request, auth::Client client);

/// Checks a request whose body has not been read, as far as its head allows: path, method, credential (including a
/// password), rate limit and query. Never throws.
/// @param head  receives what was done, for the context of `answer`; must outlive the task.
/// @return the response; nullopt if the body must be read and `answer` called.
net::Task<std::optional<http::Response>> reject_by_head(auth::RequestContext context, Match found, http::Request const& request, auth::Client client,
                                                        auth::CheckedHead& head);

/// Like `answer`, without waiting, which saves the coroutines.
/// @return nullopt if the request has to wait or its route has no such handler.
[[nodiscard]] std::optional<http::Response> try_answer(auth::RequestContext const& context, Match const& found, http::Request const& request,
                                                       auth::Client client);

}  // namespace warder::api
