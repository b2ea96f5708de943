// SPDX-License-Identifier: MIT
#include "net/side_task.hpp"

#include "net/loopback.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <new>

namespace warder::net {
namespace {

class SideTaskTest : public tests::Loopback {
  protected:
    using Timer = boost::asio::basic_waitable_timer<std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

    Task<void> wait() {
        ++waits_;
        co_await never_.async_wait(boost::asio::as_tuple(kAwait));
    }
    Task<void> wait_and_throw() {
        co_await wait();
        throw std::bad_alloc{};
    }
    Task<void> wait_again_and_again() {
        for (;;) co_await wait();
    }
    Task<void> hurry() {
        for (;;) co_await boost::asio::post(context_.get_executor(), kAwait);
    }

    Timer never_{context_, Timer::time_point::max()};
    int waits_ = 0;
    SideTask task_{context_};
};

TEST_F(SideTaskTest, JoinCancelsTheTaskAndWaits) {
    task_.start(wait());
    settle();
    EXPECT_TRUE(task_.is_running());
    EXPECT_FALSE(task_.is_canceled());
    run(task_.join());
    EXPECT_FALSE(task_.is_running());
    EXPECT_TRUE(task_.is_canceled());
}

TEST_F(SideTaskTest, JoinEndsATaskThatWaitsAgain) {
    task_.start(wait_again_and_again());
    settle();
    run(task_.join());
    EXPECT_FALSE(task_.is_running());
    EXPECT_EQ(waits_, 1);
}

TEST_F(SideTaskTest, JoinEndsATaskBetweenTwoWaits) {
    task_.start(hurry());
    run(task_.join());
    EXPECT_FALSE(task_.is_running());
}

TEST_F(SideTaskTest, JoinCancelsNothingButTheTask) {
    Timer other{context_, Timer::time_point::max()};
    bool is_canceled = false;
    other.async_wait([&](boost::system::error_code const&) { is_canceled = true; });
    task_.start(wait());
    run(task_.join());
    settle();
    EXPECT_FALSE(is_canceled);
}

TEST_F(SideTaskTest, SwallowsAnExceptionOfTheTask) {
    task_.start(wait_and_throw());
    settle();
    run(task_.join());
    EXPECT_FALSE(task_.is_running());
}

TEST_F(SideTaskTest, IsNotRunningAfterTheTaskHasEndedByItself) {
    task_.start(wait_and_throw());
    settle();
    never_.cancel();
    settle();
    EXPECT_FALSE(task_.is_running());
    EXPECT_FALSE(task_.is_canceled());
}

TEST_F(SideTaskTest, CanBeJoinedAfterTheOwnerHasThrown) {
    auto const owner = [this]() -> Task<void> {
        bool has_failed = false;
        try {
            task_.start(wait());
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
}  // namespace warder::net
