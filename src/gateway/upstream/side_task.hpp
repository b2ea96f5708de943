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

/// A second task that runs concurrently with its owner. It refers to the owner's data, so the owner must `join` it on every
/// path, including exceptions. Everything that joining needs is allocated before the task starts, so that it works when
/// memory has run out.
class SideTask {
  public:
    /// @param request_end  makes the task end soon; called repeatedly until it has ended. Must not throw.
    SideTask(boost::asio::io_context& context, std::function<void()> request_end) : context_{&context}, request_end_{std::move(request_end)} {}
    SideTask(SideTask const&) = delete;
    SideTask& operator=(SideTask const&) = delete;
    ~SideTask() = default;

    /// Held by the task. Its destruction signals the end of the task, whether it returned, threw an exception, or was
    /// never started.
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

    /// Starts the task; may be called once. Throws if memory is short; then there is no task.
    /// @param make  makes the task from an `End`, which the task must hold as long as it runs.
    template <class Make>
    void start(Make make) {
        ended_.emplace(*context_);
        joining_.emplace(wait_for_end());
        reserve_.resize(kReserve);
        is_running_ = true;
        End end{*this};
        auto task = make(std::move(end));
        boost::asio::co_spawn(context_->get_executor(), std::move(task), [](std::exception_ptr const&) {});  // `End` signals it to the owner
    }

    [[nodiscard]] bool is_running() const noexcept { return is_running_; }
    /// Makes the task end and waits until it has. May be called once, and only if `is_running()`. Does not throw.
    [[nodiscard]] net::Task<void> join() noexcept {
        reserve_ = {};
        return std::move(*joining_);
    }

  private:
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

    static constexpr std::size_t kReserve = 1024;  ///< Bytes reserved for what waiting allocates.
    static constexpr std::chrono::milliseconds kRequestInterval{50};
    static constexpr std::chrono::milliseconds kRetryDelay{10};

    void note_end() noexcept {
        is_running_ = false;
        ended_->cancel();
    }
    net::Task<void> wait_for_end() {
        while (is_running_) {
            request_end_();
            bool is_memory_short = false;
            try {
                ended_->expires_after(kRequestInterval);
                co_await ended_->async_wait(boost::asio::as_tuple(net::kAwait));
            } catch (std::exception const&) {
                is_memory_short = true;
            }
            if (is_memory_short) std::this_thread::sleep_for(kRetryDelay);  // other threads may free some
        }
    }

    boost::asio::io_context* context_;
    std::optional<Timer> ended_;  ///< Created with the task, since most requests need none.
    std::function<void()> request_end_;
    std::optional<net::Task<void>> joining_;
    std::vector<char> reserve_;
    bool is_running_ = false;
};

}  // namespace warder::gateway
