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

/// An allocator that serves small requests from a given block of memory and larger ones from the heap. The block must
/// not be allocated twice at a time.
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
    void deallocate(T* memory, std::size_t /*count*/) noexcept {
        if (reinterpret_cast<std::byte*>(memory) != memory_) ::operator delete(memory);
    }
    [[nodiscard]] std::byte* memory() const noexcept { return memory_; }
    friend bool operator==(ReservedMemory const& one, ReservedMemory const& other) noexcept { return one.memory_ == other.memory_; }

  private:
    std::byte* memory_;
};

/// The result that a coroutine awaits, together with all the memory needed to deliver it: delivery never fails for lack
/// of memory.
template <class Answer>
struct AwaitedAnswer {
    using Handler = typename boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void(std::exception_ptr, Answer)>::handler_type;

    std::optional<Handler> handler;
    std::optional<boost::asio::executor_work_guard<Executor>> guard;
    std::optional<Answer> answer;
    alignas(std::max_align_t) std::array<std::byte, ReservedMemory<std::byte>::kSize> memory;
};

/// The callback that `await_callback` passes on. If it is destroyed without having been called, the coroutine resumes
/// with `std::bad_alloc`.
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

/// Turns a call that reports its result through a callback, from any thread, into an awaitable. The coroutine resumes
/// on its own executor.
///
/// A work guard keeps the io_context running until the result is there. The connection's coroutine and everything it
/// refers to therefore outlive the call, even when the server stops: the coroutine waits for the result, which every
/// use case delivers, and then finds its socket closed.
/// @param start  a function that takes the callback, a `move_only_function<void(Answer)>`.
/// Throws `std::bad_alloc` if memory ran out anywhere in the call or while delivering its result.
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
