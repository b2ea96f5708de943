// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <future>
#include <utility>

namespace warder::authority {

/// Calls an asynchronous use case and waits for its result: `wait<MintedToken>([&](auto done) { authority.mint(alice,
/// request, std::move(done)); })`. Don't call it on a thread that delivers results. If a lack of memory ends the call
/// without a result, the change may or may not have been made.
/// @return the result; `kStoreOutcomeUnknown` if the callback was destroyed without being called.
template <class T, class Call>
Result<T> wait(Call call) {
    std::promise<Result<T>> promise;
    auto future = promise.get_future();
    // The callback owns the promise, so that destroying it without a call ends the wait.
    call(Done<T>{[promise = std::move(promise)](Result<T> result) mutable { promise.set_value(std::move(result)); }});
    try {
        return future.get();
    } catch (std::future_error const&) {
        return std::unexpected{Error::kStoreOutcomeUnknown};
    }
}

}  // namespace warder::authority
