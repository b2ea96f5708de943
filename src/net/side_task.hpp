// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace warder::net {

/// A second task that runs concurrently with its owner. It refers to the owner's data, so the owner must `join` it on every
/// path, including exceptions. Everything that joining needs is allocated before the task starts, so that it works when
/// memory has run out. Not thread-safe: owner and task run on the thread of one io_context.
class SideTask {
  public:
    explicit SideTask(boost::asio::io_context& context) noexcept : context_{&context} {}
    SideTask(SideTask const&) = delete;
    SideTask& operator=(SideTask const&) = delete;
    ~SideTask() = default;

    /// Starts the task, which runs until it first waits; may be called once. An exception only ends the task. Throws if
    /// memory runs out; the task does not exist then.
    void start(Task<void> task) {
        state_ = std::make_shared<State>(*context_);
        End end{state_};
        state_->ended.async_wait([state = state_](boost::system::error_code const&) {
            if (state->owner) std::move (*state->owner)();
        });
        auto wait = [](Resume owner, State* state) {
            state->owner.emplace(std::move(owner));
            state->cancel.emit(boost::asio::cancellation_type::terminal);
        };
        joining_.emplace(boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor> const, void()>(wait, kAwait, state_.get()));
        auto held = hold(std::move(end), std::move(task));
        boost::asio::co_spawn(context_->get_executor(), std::move(held),
                              boost::asio::bind_cancellation_slot(state_->cancel.slot(), [state = state_](std::exception_ptr const&) {}));
    }

    [[nodiscard]] bool is_running() const noexcept { return state_ && state_->is_running; }
    /// Returns whether `join` was called: operations that the task awaits fail for no other reason.
    [[nodiscard]] bool is_canceled() const noexcept { return is_canceled_; }
    /// Cancels what the task awaits, now and later, and waits until it has ended. May be called once, and only if
    /// `is_running()`. Does not throw.
    [[nodiscard]] Task<void> join() noexcept {
        is_canceled_ = true;
        return std::move(*joining_);
    }

  private:
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
    using Resume = typename boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void()>::handler_type;

    /// Outlives the side task, since handlers of Asio refer to it.
    struct State {
        explicit State(boost::asio::io_context& context) : ended{context, Timer::time_point::max()} {}

        Timer ended;  ///< Its one wait, which never expires, is canceled at the end of the task: that allocates nothing.
        boost::asio::cancellation_signal cancel;
        std::optional<Resume> owner;  ///< Set while the owner waits for the end.
        bool is_running = true;
    };

    /// Signals the end of the task, whether it returned, threw an exception, or was never started.
    class End {
      public:
        explicit End(std::shared_ptr<State> state) noexcept : state_{std::move(state)} {}
        End(End&&) noexcept = default;
        End(End const&) = delete;
        End& operator=(End const&) = delete;
        End& operator=(End&&) = delete;
        ~End() {
            if (!state_) return;
            state_->is_running = false;
            state_->ended.cancel();
        }

      private:
        std::shared_ptr<State> state_;
    };

    /// @param end  destroyed after `task`.
    static Task<void> hold([[maybe_unused]] End end, Task<void> task) { co_await std::move(task); }

    boost::asio::io_context* context_;
    std::shared_ptr<State> state_;  ///< Created with the task, since most requests need none.
    std::optional<Task<void>> joining_;
    bool is_canceled_ = false;
};

}  // namespace warder::net
