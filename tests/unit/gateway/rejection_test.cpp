// SPDX-License-Identifier: MIT
#include "gateway/rejection.hpp"

#include "auth/errors.hpp"
#include "net/loopback.hpp"
#include "store/common/freed_memory.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace warder::gateway {
namespace {

constexpr std::string_view kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kBefore = "a response to a pipelined request";

class RejectionTest : public net::tests::Loopback {
  protected:
    RejectionTest() { client_.out() = kBefore; }

    /// Rejects the request with a 404 in a thread for which memory runs out after that many blocks.
    /// @return whether it threw.
    bool reject_with(std::int64_t blocks) {
        auto response = auth::not_found();
        bool has_thrown = false;
        std::thread{[&] {
            tests::MemoryShortage const shortage{blocks};
            std::thread{[&] {
                try {
                    reject(forwarding_, path_, std::move(response), true, kDate);
                } catch (std::bad_alloc const&) {
                    has_thrown = true;
                }
            }}.join();
        }}.join();
        return has_thrown;
    }

    std::pair<net::Socket, net::Socket> ends_ = connect();
    net::ClientConnection client_{net::Stream{std::move(ends_.second), net::TlsSession{}, false}, std::chrono::seconds{10}};
    http::Request request_;
    http::HeadFacts facts_;
    Forwarding forwarding_{.connection = client_, .request = request_, .facts = facts_, .proto = "http"};
    RouteTable table_ = RouteTable::make(std::vector<RouteSettings>{}).value();
    RoutedPath path_{table_, "/a"};
};

TEST_F(RejectionTest, AppendsTheResponseAndKeepsTheConnectionIfTheBodyWasRead) {
    EXPECT_TRUE(reject(forwarding_, path_, auth::not_found(), true, kDate));
    EXPECT_TRUE(client_.out().starts_with(std::string{kBefore} + "HTTP/1.1 404 ")) << client_.out();
    EXPECT_FALSE(reject(forwarding_, path_, auth::not_found(), false, kDate));
}

TEST_F(RejectionTest, LeavesNoPartialResponseWhereMemoryRunsOut) {
    std::int64_t blocks = 0;
    for (;; ++blocks) {
        client_.out() = kBefore;
        client_.out().shrink_to_fit();
        if (!reject_with(blocks)) break;
        EXPECT_EQ(client_.out(), kBefore) << blocks;
    }
    EXPECT_GT(blocks, 1) << "memory ran out in the middle of the response, too";
}

TEST_F(RejectionTest, ReplacesAPartialResponseBy503WhenMemoryRanOut) {
    client_.out() += "HTTP/1.1 200 O";
    reject_without_memory(forwarding_, kBefore.size(), kDate);
    EXPECT_TRUE(client_.out().starts_with(std::string{kBefore} + "HTTP/1.1 503 ")) << client_.out();
    EXPECT_NE(client_.out().find("\r\nConnection: close\r\n"), std::string::npos);
}

}  // namespace
}  // namespace warder::gateway
