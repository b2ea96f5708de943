// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <future>
#include <utility>

namespace warder::authority {

/// Calls an asynchronous use case and waits for its answer: `wait<MintedToken>([&](auto done) { authority.mint(alice, request, std::move(done)); })`.
/// Never from a thread that the answer may come from. A call that memory ended without an answer may or may not have been done.
template <class T, class Call>
Result<T> wait(Call call) {
    std::promise<Result<T>> promise;
    auto future = promise.get_future();
    // The callback has the promise, so that its end without a call is known here.
    call(Done<T>{[promise = std::move(promise)](Result<T> result) mutable { promise.set_value(std::move(result)); }});
    try {
        return future.get();
    } catch (std::future_error const&) {
        return std::unexpected{Error::kStoreOutcomeUnknown};
    }
}

}  // namespace warder::authority
