// SPDX-License-Identifier: MIT
#pragma once

#include "authority/audit_bounds.hpp"
#include "metrics/store_metrics.hpp"
#include "warder/authority.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace warder::authority {

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

template <class T>
Done<T> Authority::count_tokens(std::int64_t minted, EndedCount ended, Done<T> done) const {
    if (metrics_ == nullptr) return done;
    return [metrics = metrics_, minted, ended = std::move(ended), done = std::move(done)](Result<T> result) mutable {
        if (result) {
            metrics->minted.add(static_cast<std::uint64_t>(minted));
            metrics->revoked.add(static_cast<std::uint64_t>(*ended));
        }
        done(std::move(result));
    };
}

}  // namespace warder::authority
