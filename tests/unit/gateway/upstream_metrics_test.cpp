// SPDX-License-Identifier: MIT
#include "gateway/upstream_metrics.hpp"

#include "fakes.hpp"
#include "gateway/gateway.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace warder::gateway {
namespace {

using metrics::Exposition;

constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kLongestLine = 100;

class UpstreamMetricsTest : public testing::Test {
  protected:
    std::shared_ptr<RouteSet const> make(std::vector<std::string> const& prefixes, RouteSet const* previous = nullptr) {
        std::vector<RouteSettings> settings(prefixes.size());
        for (std::size_t i = 0; i < prefixes.size(); ++i) settings[i].prefix = prefixes[i];
        return RouteSet::make(std::move(settings), clock_, previous).value();
    }
    static RouteMetrics& counts(RouteSet const& routes, std::size_t number) { return routes.metrics(routes.table().routes()[number]); }

    /// Returns the lines of a family that counts, with these counts by a value of its second label.
    static std::string lines(std::string_view name, std::string_view prefix, std::string_view label, std::vector<std::string> const& values,
                             std::string_view counted, std::string_view count) {
        std::string text;
        for (auto const& value : values)
            text.append(name)
                .append("{route=\"")
                .append(prefix)
                .append("\",")
                .append(label)
                .append("=\"")
                .append(value)
                .append("\"} ")
                .append(value == counted ? count : "0")
                .append("\n");
        return text;
    }
    /// Returns the lines of a histogram without observations but in its last bucket.
    static std::string histogram(std::string_view prefix, std::string_view count, std::string_view sum) {
        constexpr auto kBounds = std::to_array<std::string_view>({"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005", "0.01", "0.025", "0.05",
                                                                  "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "+Inf"});
        std::string const name = "warder_upstream_duration_seconds";
        auto const labels = "{route=\"" + std::string{prefix} + "\"";
        std::string text;
        for (auto const bound : kBounds)
            text.append(name + "_bucket" + labels + ",le=\"").append(bound).append("\"} ").append(bound == "+Inf" ? count : "0").append("\n");
        text.append(name + "_sum" + labels + "} ").append(sum).append("\n");
        return text.append(name + "_count" + labels + "} ").append(count).append("\n");
    }
    /// Returns all text with what `count_something` counted.
    static std::string expected() {
        std::vector<std::string> codes;
        for (auto const code : metrics::kStatusCodes) codes.push_back(std::to_string(code));
        codes.emplace_back("other");
        std::vector<std::string> const kinds{"connect", "tls", "timeout", "protocol", "reset"};
        constexpr std::string_view kRequests = "warder_upstream_requests_total";
        constexpr std::string_view kErrors = "warder_upstream_errors_total";
        return "# HELP warder_upstream_requests_total Answers of upstreams, by route and status code.\n"
               "# TYPE warder_upstream_requests_total counter\n" +
               lines(kRequests, "/a", "code", codes, "other", "1") + lines(kRequests, R"(/\"b)", "code", codes, "200", "2") +
               "# HELP warder_upstream_duration_seconds Time until the head of an upstream's answer, with connecting.\n"
               "# TYPE warder_upstream_duration_seconds histogram\n" +
               histogram("/a", "1", "20") + histogram(R"(/\"b)", "2", "22.5") +
               "# HELP warder_upstream_errors_total Requests that an upstream failed to answer, by route and kind.\n"
               "# TYPE warder_upstream_errors_total counter\n" +
               lines(kErrors, "/a", "kind", kinds, "connect", "1") + lines(kErrors, R"(/\"b)", "kind", kinds, "reset", "1");
    }
    static void count_something(RouteSet const& routes) {
        counts(routes, 0).count_answer(0, 999, std::chrono::seconds{20});
        counts(routes, 0).count_failure(0, FailureKind::kConnect);
        counts(routes, 1).count_answer(1, 200, std::chrono::seconds{11});
        counts(routes, 1).count_answer(2, 200, std::chrono::milliseconds{11'500});
        counts(routes, 1).count_failure(1, FailureKind::kReset);
    }
    /// Returns the text in the pieces in which it is written.
    static std::vector<std::string> write(metrics::Section& section, std::size_t size) {
        std::vector<std::string> pieces;
        Exposition out;
        for (bool is_last = false; !is_last;) {
            is_last = section.append(out, size);
            pieces.push_back(out.take());
        }
        return pieces;
    }

    warder::tests::ManualClock clock_;
};

TEST_F(UpstreamMetricsTest, TextIsTheSameInPiecesOfAnySize) {
    auto const routes = make({"/a", "/\"b"});
    count_something(*routes);
    for (std::size_t const size : {std::size_t{0}, std::size_t{1}, kLongestLine, std::size_t{1000}, std::size_t{9999}, kAll}) {
        UpstreamMetrics section{routes};
        std::string text;
        for (auto const& piece : write(section, size)) text += piece;
        EXPECT_EQ(text, expected()) << size;
    }
}

TEST_F(UpstreamMetricsTest, PiecesEndWithALineAndHaveTheirSize) {
    auto const routes = make({"/a", "/\"b"});
    constexpr std::size_t kSize = 2000;
    constexpr std::size_t kMostAtOnce = std::size_t{19} * kLongestLine;  // a histogram, or a line after the head of a family
    UpstreamMetrics section{routes};
    auto const pieces = write(section, kSize);
    ASSERT_GT(pieces.size(), 4U);
    for (auto const& piece : pieces) {
        EXPECT_TRUE(piece.empty() || piece.ends_with('\n'));
        EXPECT_LT(piece.size(), kSize + kMostAtOnce);
        EXPECT_TRUE(piece.size() >= kSize || &piece == &pieces.back());
    }
}

TEST_F(UpstreamMetricsTest, SamplesOfAFamilyAreOfOneTime) {
    auto const routes = make({"/a", "/\"b"});
    UpstreamMetrics section{routes};
    Exposition out;
    std::string text;
    EXPECT_FALSE(section.append(out, 1));  // the first line of the first family
    count_something(*routes);
    text = out.take();
    EXPECT_TRUE(section.append(out, kAll));
    text += out.take();
    auto without_answers = expected();
    for (std::string_view const counted : {"code=\"other\"} 1", "code=\"200\"} 2"})
        without_answers[without_answers.find(counted) + counted.size() - 1] = '0';
    EXPECT_EQ(text, without_answers) << "only the families that had not begun have what was counted";
}

TEST_F(UpstreamMetricsTest, RoutesOfAScrapeStayWhenTheyAreReplaced) {
    Gateway gateway{make({"/a", "/\"b"})};
    count_something(*gateway.routes());
    auto const section = gateway.metrics();
    Exposition out;
    EXPECT_FALSE(section->append(out, 1));
    gateway.replace(make({"/c"}, gateway.routes().get()));
    EXPECT_TRUE(section->append(out, kAll));
    EXPECT_EQ(out.take(), expected());
}

TEST_F(UpstreamMetricsTest, FamiliesWithoutRoutesHaveTheirHeads) {
    UpstreamMetrics section{make({})};
    auto const pieces = write(section, 1);
    ASSERT_EQ(pieces.size(), 1U);
    EXPECT_EQ(std::ranges::count(pieces[0], '\n'), 6);
    EXPECT_EQ(std::ranges::count(pieces[0], '#'), 6);
}

}  // namespace
}  // namespace warder::gateway
