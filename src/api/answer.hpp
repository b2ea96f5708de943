// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"
#include "auth/client_address.hpp"
#include "auth/request_context.hpp"
#include "authority/throttle.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "net/task.hpp"

#include <optional>

namespace warder::api {

/// Answers a whole request: proves the caller, checks the query, calls the handler. Never throws.
/// @param found  where the request leads, see `match`. @param is_secure  the client speaks TLS to the first of us.
net::Task<http::Response> answer(auth::RequestContext context, Match found, http::Request const& request, auth::AddressBytes client, bool is_secure);

/// What a request whose body has not been read is refused with, as far as its head tells: by its path, method, credential (a password is checked) or
/// query. Nothing: its body is to be read, and `answer` to be asked. Never throws.
net::Task<std::optional<http::Response>> refuse_by_head(auth::RequestContext context, Match found, http::Request const& request,
                                                        auth::AddressBytes client, bool is_secure);

/// The same where nothing has to be waited for, which spares the coroutines: nothing where it has to, or the route doesn't offer it.
[[nodiscard]] std::optional<http::Response> answer_at_once(auth::RequestContext const& context, Match const& found, http::Request const& request,
                                                           auth::AddressBytes client, bool is_secure);

}  // namespace warder::api
