// SPDX-License-Identifier: MIT
#include "core/json.hpp"
#include "log/log.hpp"
#include "store/common/freed_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <semaphore>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace warder::log {
namespace {

/// Runs `doing` and returns the lines that it wrote to standard error.
std::vector<std::string> lines_of(std::function<void()> const& doing) {
    testing::internal::CaptureStderr();
    doing();
    std::istringstream text{testing::internal::GetCapturedStderr()};
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

void write_one_of_each(Logger& log) {
    log.write(Level::kDebug, "debug_event");
    log.info("info_event");
    log.warning("warning_event");
    log.error("error_event");
}

TEST(Logger, WritesOneLinePerEventWithUtcTime) {
    auto const lines = lines_of([] {
        Logger log{Level::kInfo, Format::kLogfmt};
        log.info("started", {{"port", std::int64_t{8441}}});
    });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_THAT(lines.front(),
                testing::MatchesRegex("time=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z level=info event=started port=8441"));
}

TEST(Logger, WritesFormatDirectivesInTextsVerbatim) {
    auto const lines = lines_of([] { Logger{Level::kInfo, Format::kJson}.info("e", {{"text", "{} {0} %n %s"}}); });
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(core::read_json(lines.front()).value().at("text").as_string(), "{} {0} %n %s");
}

TEST(Logger, WritesOnlyEventsAtOrAboveItsLevel) {
    for (auto const& [level, count] : {std::pair{Level::kDebug, 4U}, {Level::kInfo, 3U}, {Level::kWarning, 2U}, {Level::kError, 1U}}) {
        auto const lines = lines_of([level] {
            Logger log{level, Format::kLogfmt};
            write_one_of_each(log);
            EXPECT_EQ(log.writes(Level::kDebug), level == Level::kDebug);
            EXPECT_TRUE(log.writes(Level::kError));
        });
        EXPECT_EQ(lines.size(), count);
        EXPECT_NE(lines.back().find("level=error event=error_event"), std::string::npos);
    }
}

TEST(Logger, AppliesALevelChangeImmediately) {
    Logger log{Level::kError, Format::kLogfmt};
    EXPECT_EQ(lines_of([&] { write_one_of_each(log); }).size(), 1U);
    log.set_level(Level::kDebug);
    EXPECT_EQ(lines_of([&] { write_one_of_each(log); }).size(), 4U);
    log.set_level(Level::kWarning);
    EXPECT_EQ(lines_of([&] { write_one_of_each(log); }).size(), 2U);
}

TEST(Logger, ReportsMemoryShortageOnceAMinuteInTheConfiguredFormat) {
    for (auto const format : {Format::kLogfmt, Format::kJson}) {
        auto const lines = lines_of([format] {
            Logger log{Level::kError, format};
            log.note_memory_shortage("answering a request");
            log.note_memory_shortage("reading");
            Logger{Level::kNone, format}.note_memory_shortage("writing");
        });
        ASSERT_EQ(lines.size(), 1U);
        auto const time = lines.front().substr(format == Format::kJson ? 9 : 5, 24);
        EXPECT_EQ(lines.front(), format_line(format, time, Level::kError, "memory_short",
                                             {{"doing", "answering a request"}, {"effect", "it was not done; the server goes on"}}));
    }
}

/// Logs an event from a thread that gets only so many blocks of memory. @return whether they were too few.
bool log_with(Logger& log, std::int64_t blocks, std::string_view text) {
    std::binary_semaphore is_short{0};
    std::binary_semaphore is_written{0};
    std::jthread const thread{[&] {
        is_short.acquire();
        log.error("purge_failed", {{"why", text}, {"effect", text}});
        is_written.release();
    }};
    tests::MemoryShortage const shortage{blocks};
    is_short.release();
    is_written.acquire();
    return shortage.has_failed();
}

TEST(Logger, WritesTheEventWithoutFieldsWhicheverAllocationFails) {
    std::string const text(200, 'x');
    for (auto const format : {Format::kLogfmt, Format::kJson}) {
        std::int64_t blocks = 0;
        for (bool has_failed = true; has_failed; ++blocks) {
            auto const lines = lines_of([&] {
                Logger log{Level::kInfo, format};
                has_failed = log_with(log, blocks, text);
            });
            ASSERT_EQ(lines.size(), 1U) << blocks;
            auto const time = lines.front().substr(format == Format::kJson ? 9 : 5, 24);
            auto const short_line = format_line(format, time, Level::kError, "purge_failed", {{"memory_short", true}});
            auto const whole_line = format_line(format, time, Level::kError, "purge_failed", {{"why", text}, {"effect", text}});
            EXPECT_EQ(lines.front(), has_failed ? short_line : whole_line) << blocks;
        }
        EXPECT_GT(blocks, 2);
    }
}

TEST(Logger, WritesCompleteLinesFromConcurrentThreads) {
    auto const lines = lines_of([] {
        Logger log{Level::kInfo, Format::kJson};
        std::array<std::jthread, 4> threads;
        for (auto& thread : threads)
            thread = std::jthread{[&log] {
                for (int i = 0; i < 100; ++i) {
                    log.set_level(Level::kInfo);
                    log.info("e", {{"text", "some text that takes its time"}});
                }
            }};
    });
    EXPECT_EQ(lines.size(), 400U);
    for (auto const& line : lines) EXPECT_TRUE(core::read_json(line)) << line;
}

}  // namespace
}  // namespace warder::log
