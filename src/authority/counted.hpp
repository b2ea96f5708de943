// SPDX-License-Identifier: MIT
#pragma once

#include "authority/audit_bounds.hpp"
#include "warder/authority.hpp"

#include <optional>
#include <utility>

namespace warder::authority {

/// Returns whether two lists of grants, each of which may be null, have the same text.
[[nodiscard]] inline bool is_same(Grants const& one, Grants const& other) { return one == other || (one && other && *one == *other); }

/// Returns the value that a store found, or the error if there is none.
template <class T>
Result<T> require(Result<std::optional<T>> found, Error if_none) {
    if (!found) return std::unexpected{found.error()};
    if (!*found) return std::unexpected{if_none};
    return std::move(**found);
}

template <class T>
Done<T> Authority::count(SummedEvent summed, Done<T> done) const {
    if (bounds_ == nullptr) return done;
    return [bounds = bounds_, summed = std::move(summed), done = std::move(done)](Result<T> result) mutable {
        if (result && *summed) bounds->add(std::move(**summed));
        done(std::move(result));
    };
}

}  // namespace warder::authority
