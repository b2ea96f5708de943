// SPDX-License-Identifier: MIT
#pragma once

#include "net/await_callback.hpp"

#include <functional>
#include <tuple>
#include <utility>

namespace warder::net {

template <class Method>
struct AnswerOf;
template <class Object, class... Parameters>
struct AnswerOf<void (Object::*)(Parameters...)> : AnswerOf<std::tuple_element_t<sizeof...(Parameters) - 1, std::tuple<Parameters...>>> {};
template <class Answer>
struct AnswerOf<std::move_only_function<void(Answer)>> {
    using Type = Answer;
};

/// Calls a method whose last parameter is the callback that gets its answer, and makes the answer awaitable:
/// `co_await await_call<&Authority::show>(authority, principal, id)`. See `await_callback`. The arguments must be named
/// variables, because g++ 12 destroys some temporaries of a co_await twice.
template <auto method, class Object, class... Arguments>
auto await_call(Object& object, Arguments&&... arguments) {
    using Answer = typename AnswerOf<decltype(method)>::Type;
    return await_callback<Answer>(
        [&](std::move_only_function<void(Answer)> done) { (object.*method)(std::forward<Arguments>(arguments)..., std::move(done)); });
}

}  // namespace warder::net
