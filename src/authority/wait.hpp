// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"

#include <future>
#include <utility>

namespace warder::authority {

/// Calls an asynchronous use case and waits for its answer: `wait<MintedToken>([&](auto done) { authority.mint(alice, request, std::move(done)); })`.
/// Never from a thread that the answer may come from.
template <class T, class Call>
Result<T> wait(Call call) {
    std::promise<Result<T>> promise;
    auto future = promise.get_future();
    call(Done<T>{[&promise](Result<T> result) { promise.set_value(std::move(result)); }});
    return future.get();
}

}  // namespace warder::authority
