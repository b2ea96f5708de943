// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace warder::gateway {

/// A second task beside the one that owns this. It refers to what its owner owns, so the owner must `join` it on every way out, exceptions included.
/// What joining needs is allocated before the task starts: it works where memory has run out.
class SideTask {
  public:
    /// @param urge  makes the task end soon; called until it has ended. Doesn't throw.
    SideTask(boost::asio::io_context& context, std::function<void()> urge) : context_{&context}, urge_{std::move(urge)} {}
    SideTask(SideTask const&) = delete;
    SideTask& operator=(SideTask const&) = delete;
    ~SideTask() = default;

    /// Told to the task's owner by its end, however it ended: also by an exception, or without having begun.
    class End {
      public:
        explicit End(SideTask& task) noexcept : task_{&task} {}
        End(End&& other) noexcept : task_{std::exchange(other.task_, nullptr)} {}
        End(End const&) = delete;
        End& operator=(End const&) = delete;
        End& operator=(End&&) = delete;
        ~End() {
            if (task_ != nullptr) task_->note_end();
        }

      private:
        SideTask* task_;
    };

    /// Starts it, once. @param make  makes the task from an `End`, which it keeps as long as it runs. Throws where memory is short; then there is no
    /// task.
    template <class Make>
    void start(Make make) {
        ended_.emplace(*context_);
        joining_.emplace(wait_for_end());
        spare_.resize(kSpare);
        is_running_ = true;
        End end{*this};
        auto task = make(std::move(end));
        boost::asio::co_spawn(context_->get_executor(), std::move(task), [](std::exception_ptr const&) {});  // its owner learns of it by `End`
    }

    [[nodiscard]] bool is_running() const noexcept { return is_running_; }
    /// Ends the task and waits until it has ended. Only where `is_running()`, and once: the task is over then. Doesn't throw.
    [[nodiscard]] net::Task<void> join() noexcept {
        spare_ = {};
        return std::move(*joining_);
    }

  private:
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

    static constexpr std::size_t kSpare = 1024;  ///< For what waiting allocates.
    static constexpr std::chrono::milliseconds kUrgeEvery{50};
    static constexpr std::chrono::milliseconds kBreath{10};

    void note_end() noexcept {
        is_running_ = false;
        ended_->cancel();
    }
    net::Task<void> wait_for_end() {
        while (is_running_) {
            urge_();
            bool is_memory_short = false;
            try {
                ended_->expires_after(kUrgeEvery);
                co_await ended_->async_wait(boost::asio::as_tuple(net::kAwait));
            } catch (std::exception const&) {
                is_memory_short = true;
            }
            if (is_memory_short) std::this_thread::sleep_for(kBreath);  // other threads give some back
        }
    }

    boost::asio::io_context* context_;
    std::optional<Timer> ended_;  ///< Most requests need none: made with the task.
    std::function<void()> urge_;
    std::optional<net::Task<void>> joining_;
    std::vector<char> spare_;
    bool is_running_ = false;
};

}  // namespace warder::gateway
