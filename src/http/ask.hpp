// SPDX-License-Identifier: MIT
#pragma once

#include "http/task.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <utility>

namespace warder::http {

/// Turns a call that answers by callback from any thread into something to await; the coroutine goes on on its own executor.
///
/// The work guard keeps the io_context running until the answer is there, so the connection's coroutine, and all that it refers to, outlives the
/// call even when the server stops: it waits for the answer, which a use case always gives, and finds its socket closed afterwards.
/// @param start  a function that takes the callback `move_only_function<void(Answer)>`.
template <class Answer, class Start>
Task<Answer> ask(Start start) {
    auto initiate = [](auto handler, Start begin) {
        auto guard = boost::asio::make_work_guard(boost::asio::get_associated_executor(handler));
        std::move_only_function<void(Answer)> done = [handler = std::move(handler), guard = std::move(guard)](Answer answer) mutable {
            auto const executor = guard.get_executor();
            boost::asio::post(executor, [handler = std::move(handler), guard = std::move(guard), answer = std::move(answer)]() mutable {
                std::move(handler)(std::move(answer));
            });
        };
        begin(std::move(done));
    };
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor> const, void(Answer)>(std::move(initiate), kAwait, std::move(start));
}

}  // namespace warder::http
