// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <string>
#include <string_view>

namespace warder::core {

/// Makes a text from outside safe to show, with quotes around it.
using Quote = std::string (*)(std::string_view text);

/// Returns which parts of the request the grant doesn't cover: `the method "PUT" is not GET, and the path "/x" is not under
/// "/reports"`. Empty if it covers the request.
[[nodiscard]] std::string mismatch(Grant const& grant, AccessRequest const& access, Quote quote);

/// Returns a clause for people, without a period, on why a token with this scope may or may not make the request: which
/// grants cover it or, for the first list that doesn't, the nearest grant and its `mismatch`. The nearest is the one that
/// covers the most parts of the request, and of several the first.
[[nodiscard]] std::string explain_access(Scope const& scope, AccessRequest const& access, Quote quote);

/// Returns the clause as a sentence.
[[nodiscard]] std::string as_sentence(std::string clause);

}  // namespace warder::core
