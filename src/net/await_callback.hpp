// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <array>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <utility>

namespace warder::net {

/// Hands out memory that is there already, once; more comes from the heap.
template <class T>
class ReservedMemory {
  public:
    using value_type = T;
    static constexpr std::size_t kSize = 256;

    explicit ReservedMemory(std::byte* memory) noexcept : memory_{memory} {}
    template <class Other>
    explicit(false) ReservedMemory(ReservedMemory<Other> const& other) noexcept : memory_{other.memory()} {}

    [[nodiscard]] T* allocate(std::size_t count) {
        if (count * sizeof(T) <= kSize) return reinterpret_cast<T*>(memory_);
        return static_cast<T*>(::operator new(count * sizeof(T)));
    }
    void deallocate(T* place, std::size_t /*count*/) noexcept {
        if (reinterpret_cast<std::byte*>(place) != memory_) ::operator delete(place);
    }
    [[nodiscard]] std::byte* memory() const noexcept { return memory_; }
    friend bool operator==(ReservedMemory const& one, ReservedMemory const& other) noexcept { return one.memory_ == other.memory_; }

  private:
    std::byte* memory_;
};

/// An answer that a coroutine waits for, and all that it takes to hand it over: an answer never fails for lack of memory.
template <class Answer>
struct AwaitedAnswer {
    using Handler = typename boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void(std::exception_ptr, Answer)>::handler_type;

    std::optional<Handler> handler;
    std::optional<boost::asio::executor_work_guard<Executor>> guard;
    std::optional<Answer> answer;
    alignas(std::max_align_t) std::array<std::byte, ReservedMemory<std::byte>::kSize> memory;
};

/// The callback of `await_callback`. One that is destroyed without having been called is an answer, too: there is none.
template <class Answer>
class AnswerCallback {
  public:
    explicit AnswerCallback(std::unique_ptr<AwaitedAnswer<Answer>> awaited) noexcept : awaited_{std::move(awaited)} {}
    AnswerCallback(AnswerCallback&&) noexcept = default;
    AnswerCallback(AnswerCallback const&) = delete;
    AnswerCallback& operator=(AnswerCallback&&) = delete;
    AnswerCallback& operator=(AnswerCallback const&) = delete;
    ~AnswerCallback() {
        if (awaited_) post();
    }

    void operator()(Answer answer) {
        awaited_->answer.emplace(std::move(answer));
        post();
    }

  private:
    struct Posted {
        using allocator_type = ReservedMemory<std::byte>;
        [[nodiscard]] allocator_type get_allocator() const noexcept { return allocator_type{awaited->memory.data()}; }
        void operator()() {
            auto const finished = std::move(awaited);
            auto const failure = finished->answer ? std::exception_ptr{} : std::make_exception_ptr(std::bad_alloc{});
            std::move (*finished->handler)(failure, finished->answer ? std::move(*finished->answer) : Answer{});
        }
        std::unique_ptr<AwaitedAnswer<Answer>> awaited;
    };
    void post() noexcept {
        auto const executor = awaited_->guard->get_executor();
        boost::asio::post(executor, Posted{std::move(awaited_)});
    }

    std::unique_ptr<AwaitedAnswer<Answer>> awaited_;
};

/// Turns a call that answers by callback from any thread into something to await; the coroutine goes on on its own executor.
///
/// The work guard keeps the io_context running until the answer is there, so the connection's coroutine, and all that it refers to, outlives the
/// call even when the server stops: it waits for the answer, which a use case always gives, and finds its socket closed afterwards.
/// @param start  a function that takes the callback `move_only_function<void(Answer)>`. Throws `std::bad_alloc` where memory ended the call or its
/// answer, wherever that was.
template <class Answer, class Start>
Task<Answer> await_callback(Start start) {
    auto initiate = [](auto handler, Start begin, std::unique_ptr<AwaitedAnswer<Answer>> awaited) {
        awaited->guard.emplace(boost::asio::get_associated_executor(handler));
        awaited->handler.emplace(std::move(handler));
        try {
            begin(std::move_only_function<void(Answer)>{AnswerCallback<Answer>{std::move(awaited)}});
        } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): the end of the callback tells it
        }
    };
    return boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor> const, void(std::exception_ptr, Answer)>(
        std::move(initiate), kAwait, std::move(start), std::make_unique<AwaitedAnswer<Answer>>());
}

}  // namespace warder::net
