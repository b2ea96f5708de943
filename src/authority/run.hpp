// SPDX-License-Identifier: MIT
#pragma once

#include "warder/store.hpp"

#include <memory>
#include <optional>
#include <utility>

/// Runs a use case in the store and delivers its result after the store has confirmed it.
namespace warder::authority {

/// Returns a callback that passes the result in `slot` on to `done` after the store has confirmed that the transaction
/// is durable.
template <class T>
Done<void> deliver(std::shared_ptr<std::optional<T>> slot, Done<T> done) {
    return [slot = std::move(slot), done = std::move(done)](Result<void> outcome) mutable {
        if (!outcome) return done(std::unexpected{outcome.error()});
        done(std::move(**slot));
    };
}

/// Wraps a use case that returns `Result<T>` as the store's work, which only reports success or an error. The result
/// goes to `slot`.
template <class T, class UseCase>
auto keep_result(std::shared_ptr<std::optional<T>> slot, UseCase use_case) {
    return [slot = std::move(slot), use_case = std::move(use_case)](auto& store) mutable -> Result<void> {
        Result<T> result = use_case(store);
        if (!result) return std::unexpected{result.error()};
        slot->emplace(std::move(*result));
        return {};
    };
}

/// @param use_case  callable as `Result<T>(Transaction const&)`, possibly more than once.
template <class T, class UseCase>
void run_write(Store& store, UseCase use_case, Done<T> done) {
    auto slot = std::make_shared<std::optional<T>>();
    store.write(keep_result<T>(slot, std::move(use_case)), deliver(slot, std::move(done)));
}

/// @param reads  what the use case is going to read.
template <class T, class UseCase>
void run_write(Store& store, UseCase use_case, Store::ExpectedReads const& reads, Done<T> done) {
    auto slot = std::make_shared<std::optional<T>>();
    store.write(keep_result<T>(slot, std::move(use_case)), reads, deliver(slot, std::move(done)));
}

/// @param use_case  callable as `Result<T>(Snapshot const&)`.
template <class T, class UseCase>
void run_read(Store& store, UseCase use_case, Done<T> done) {
    auto slot = std::make_shared<std::optional<T>>();
    store.read(keep_result<T>(slot, std::move(use_case)), deliver(slot, std::move(done)));
}

}  // namespace warder::authority
