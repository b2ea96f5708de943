// SPDX-License-Identifier: MIT
#include "gateway/upstream/side_task.hpp"

#include "net/loopback.hpp"

#include <gtest/gtest.h>

#include <new>
#include <utility>

namespace warder::gateway {
namespace {

class SideTaskTest : public net::tests::Loopback {
  protected:
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

    net::Task<void> wait([[maybe_unused]] SideTask::End end) { co_await never_.async_wait(boost::asio::as_tuple(net::kAwait)); }
    net::Task<void> wait_and_throw([[maybe_unused]] SideTask::End end) {
        co_await never_.async_wait(boost::asio::as_tuple(net::kAwait));
        throw std::bad_alloc{};
    }

    Timer never_{context_, Timer::time_point::max()};
    SideTask task_{context_, [this] { never_.cancel(); }};
};

TEST_F(SideTaskTest, JoinCancelsTheTaskAndWaits) {
    task_.start([this](SideTask::End end) { return wait(std::move(end)); });
    settle();
    EXPECT_TRUE(task_.is_running());
    run(task_.join());
    EXPECT_FALSE(task_.is_running());
}

TEST_F(SideTaskTest, SwallowsAnExceptionOfTheTask) {
    task_.start([this](SideTask::End end) { return wait_and_throw(std::move(end)); });
    settle();
    run(task_.join());
    EXPECT_FALSE(task_.is_running());
}

TEST_F(SideTaskTest, IsNotRunningIfTheTaskCannotBeCreated) {
    EXPECT_THROW(task_.start([](SideTask::End) -> net::Task<void> { throw std::bad_alloc{}; }), std::bad_alloc);
    EXPECT_FALSE(task_.is_running());
}

TEST_F(SideTaskTest, CanBeJoinedAfterTheOwnerHasThrown) {
    auto const owner = [this]() -> net::Task<void> {
        bool has_failed = false;
        try {
            task_.start([this](SideTask::End end) { return wait(std::move(end)); });
            throw std::bad_alloc{};
        } catch (std::bad_alloc const&) {
            has_failed = true;
        }
        if (has_failed && task_.is_running()) co_await task_.join();
    };
    run(owner());
    EXPECT_FALSE(task_.is_running());
}

}  // namespace
}  // namespace warder::gateway
