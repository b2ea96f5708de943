// SPDX-License-Identifier: MIT
#include "gateway/upstream_metrics.hpp"

#include <utility>

namespace warder::gateway {

UpstreamMetrics::UpstreamMetrics(std::shared_ptr<RouteSet const> routes) : routes_{std::move(routes)} {}

bool UpstreamMetrics::append(metrics::Exposition& out, std::size_t size) {
    while (family_ != Family::kEnd) {
        if (written_ == 0) begin(out);
        for (auto const end = routes_->table().routes().size() * series_of_route(); written_ < end;) {
            add_next(out);
            if (out.size() >= size) return false;
        }
        family_ = static_cast<Family>(std::to_underlying(family_) + 1);
        written_ = 0;
    }
    return true;
}

std::size_t UpstreamMetrics::series_of_route() const noexcept {
    if (family_ == Family::kAnswers) return metrics::kStatusSlots;
    return family_ == Family::kFailures ? RouteMetrics::kKinds : 1;
}

/// Starts the family and reads its counts.
void UpstreamMetrics::begin(metrics::Exposition& out) {
    using metrics::Type;
    counts_ = {};
    auto const& all = routes_->table().routes();
    if (family_ == Family::kAnswers) {
        out.begin("warder_upstream_requests_total", Type::kCounter, "Answers of upstreams, by route and status code.");
        for (auto const& route : all)
            for (std::size_t slot = 0; slot < metrics::kStatusSlots; ++slot) counts_.add(routes_->metrics(route).answers(slot));
    } else if (family_ == Family::kDurations) {
        out.begin("warder_upstream_duration_seconds", Type::kHistogram, "Time until the head of an upstream's answer, with connecting.");
        for (auto const& route : all) {
            auto const totals = routes_->metrics(route).durations();
            for (auto const count : totals.buckets) counts_.add(count);
            counts_.add(totals.nanoseconds);
        }
    } else {
        out.begin("warder_upstream_errors_total", Type::kCounter, "Requests that an upstream failed to answer, by route and kind.");
        for (auto const& route : all)
            for (std::size_t kind = 0; kind < RouteMetrics::kKinds; ++kind) counts_.add(routes_->metrics(route).failures(kind));
    }
}

/// Adds the next series of the family, or the next histogram.
void UpstreamMetrics::add_next(metrics::Exposition& out) {
    auto const number = written_++;
    auto const& route = routes_->table().routes()[number / series_of_route()].prefix;
    auto const series = number % series_of_route();
    if (family_ == Family::kAnswers) {
        out.add({{"route", route}, {"code", metrics::status_label(series)}}, counts_.take());
    } else if (family_ == Family::kDurations) {
        metrics::HistogramTotals totals;
        for (auto& count : totals.buckets) count = counts_.take();
        totals.nanoseconds = counts_.take();
        out.add({{"route", route}}, totals);
    } else {
        out.add({{"route", route}, {"kind", code(static_cast<FailureKind>(series))}}, counts_.take());
    }
}

}  // namespace warder::gateway
