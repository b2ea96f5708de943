// SPDX-License-Identifier: MIT
#include "auth/request_metrics.hpp"

#include "auth/request_log.hpp"
#include "auth/test_context.hpp"

#include <thread>

namespace warder::auth {
namespace {

constexpr auto kApi = static_cast<std::size_t>(Surface::kApi);
constexpr auto kDecision = static_cast<std::size_t>(Surface::kDecision);

TEST(RequestMetrics, RequestLogCountsEachRequestOnce) {
    tests::TestContext context;
    auto const request_context = context.request_context();
    http::Request request;
    request.method = "GET";
    RequestLog log{request_context, Surface::kDecision, request, {}};
    auto const response = log.deny({.reason = DenialReason::kExpired});
    EXPECT_EQ(context.metrics().requests(kDecision, metrics::status_slot(401)), 0U);
    log.write(response.status);

    auto const& counts = context.metrics();
    EXPECT_EQ(counts.requests(kDecision, metrics::status_slot(401)), 1U);
    EXPECT_EQ(counts.requests(kApi, metrics::status_slot(401)), 0U);
    EXPECT_EQ(counts.denials(kDecision, static_cast<std::size_t>(DenialReason::kExpired)), 1U);
    EXPECT_EQ(counts.denials(kDecision, static_cast<std::size_t>(DenialReason::kRevoked)), 0U);
    metrics::HistogramTotals totals;
    counts.durations(kDecision).add_to(totals);
    EXPECT_EQ(totals.buckets[0], 1U);
}

TEST(RequestMetrics, CountsCanBeReadWhileTheWorkerWrites) {
    constexpr std::uint64_t kCount = 20'000;
    RequestMetrics counts;
    std::jthread const worker{[&] {
        for (std::uint64_t i = 0; i < kCount; ++i) counts.count_request(Surface::kApi, 200, std::chrono::microseconds{5});
    }};
    std::uint64_t seen = 0;
    while (seen < kCount) {
        auto const now = counts.requests(kApi, metrics::status_slot(200));
        ASSERT_GE(now, seen);
        seen = now;
    }
}

TEST(RequestMetrics, WorkersShareNoCacheLine) { EXPECT_EQ(alignof(RequestMetrics), 64U); }

}  // namespace
}  // namespace warder::auth
