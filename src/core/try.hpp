// SPDX-License-Identifier: MIT
#pragma once

#include <expected>  // IWYU pragma: keep
#include <utility>   // IWYU pragma: keep

#define WARDER_JOIN_(one, other) one##other
#define WARDER_JOIN(one, other) WARDER_JOIN_(one, other)
#define WARDER_TRY_AS(leave, result, declaration, ...)             \
    auto result = __VA_ARGS__;                                     \
    if (!result) leave std::unexpected(std::move(result).error()); \
    declaration = *std::move(result)

/// Declares a variable with the value of an `std::expected`, or returns its error from the function:
/// `WARDER_TRY(auto const user, find_user(store, name));`. It is several statements, so it needs braces after an `if`.
#define WARDER_TRY(declaration, ...) WARDER_TRY_AS(return, WARDER_JOIN(try_result_, __LINE__), declaration, __VA_ARGS__)
/// The same in a coroutine.
#define WARDER_CO_TRY(declaration, ...) WARDER_TRY_AS(co_return, WARDER_JOIN(try_result_, __LINE__), declaration, __VA_ARGS__)
/// The same for an `std::expected<void, E>`. It is one statement.
#define WARDER_TRY_VOID(...) \
    if (auto try_result = __VA_ARGS__; !try_result) return std::unexpected(std::move(try_result).error())
#define WARDER_CO_TRY_VOID(...) \
    if (auto try_result = __VA_ARGS__; !try_result) co_return std::unexpected(std::move(try_result).error())
