// SPDX-License-Identifier: MIT
#include "authority/token_filter.hpp"

#include <algorithm>

namespace warder::authority {

bool TokenFilter::accepts(TokenRecord const& token, Instant now) const noexcept {
    if (is_empty()) return true;
    auto const left = Seconds{token.ends_at() - now};
    if (left <= Seconds{0} || (expires_within && left > *expires_within)) return false;
    if (!unused_for) return true;
    auto const used = token.usage && token.usage->last_at ? *token.usage->last_at : token.issued_at;
    return Seconds{now - std::max(used, token.issued_at)} >= *unused_for;
}

}  // namespace warder::authority
