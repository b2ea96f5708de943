// SPDX-License-Identifier: MIT
#pragma once

#include "authority/audit_bounds.hpp"
#include "warder/authority.hpp"

#include <utility>

namespace warder::authority {

/// Returns whether two lists of grants, each of which may be null, have the same text.
[[nodiscard]] inline bool is_same(Grants const& one, Grants const& other) { return one == other || (one && other && *one == *other); }

template <class T>
Done<T> Authority::count(SummedEvent summed, Done<T> done) const {
    if (bounds_ == nullptr) return done;
    return [bounds = bounds_, summed = std::move(summed), done = std::move(done)](Result<T> result) mutable {
        if (result && *summed) bounds->add(std::move(**summed));
        done(std::move(result));
    };
}

}  // namespace warder::authority
