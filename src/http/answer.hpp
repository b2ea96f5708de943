// SPDX-License-Identifier: MIT
#pragma once

#include "authority/throttle.hpp"
#include "http/desk.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "http/task.hpp"

#include <optional>

namespace warder::http {

/// Answers a whole request: proves the caller, checks the query, calls the handler. Never throws.
/// @param found  where the request leads, see `match`. @param is_secure  the client speaks TLS to the first of us.
Task<Response> answer(Desk desk, Match found, Request const& request, AddressBytes client, bool is_secure);

/// What a request whose body has not been read is refused with, as far as its head tells: by its path, method, credential (a password is checked) or
/// query. Nothing: its body is to be read, and `answer` to be asked. Never throws.
Task<std::optional<Response>> refuse_by_head(Desk desk, Match found, Request const& request, AddressBytes client, bool is_secure);

/// The same where nothing has to be waited for, which spares the coroutines: nothing where it has to, or the route doesn't offer it.
[[nodiscard]] std::optional<Response> answer_at_once(Desk const& desk, Match const& found, Request const& request, AddressBytes client,
                                                     bool is_secure);

}  // namespace warder::http
