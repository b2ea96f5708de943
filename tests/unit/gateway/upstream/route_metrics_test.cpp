// SPDX-License-Identifier: MIT
#include "gateway/upstream/route_metrics.hpp"

#include <thread>
#include <vector>

namespace warder::gateway {
namespace {

TEST(RouteMetrics, AddsUpWhatAllWorkersCounted) {
    constexpr std::uint64_t kCount = 5'000;
    RouteMetrics counts;
    {
        std::vector<std::jthread> workers;
        for (unsigned const number : {0U, 1U, 16U})  // the first and the last share a shard
            workers.emplace_back([&counts, number] {
                for (std::uint64_t i = 0; i < kCount; ++i) {
                    counts.count_answer(number, 200, std::chrono::microseconds{10});
                    counts.count_failure(number, FailureKind::kTls);
                }
            });
    }
    EXPECT_EQ(counts.answers(metrics::status_slot(200)), 3 * kCount);
    EXPECT_EQ(counts.failures(static_cast<std::size_t>(FailureKind::kTls)), 3 * kCount);
    EXPECT_EQ(counts.durations().buckets[0], 3 * kCount);
    EXPECT_EQ(counts.durations().nanoseconds, 3 * kCount * 10'000);
}

TEST(RouteMetrics, MissingCredentialIsNoFailureOfTheUpstream) {
    RouteMetrics counts;
    counts.count_failure(0, FailureKind::kCredential);
    for (std::size_t kind = 0; kind < RouteMetrics::kKinds; ++kind) EXPECT_EQ(counts.failures(kind), 0U);
}

}  // namespace
}  // namespace warder::gateway
