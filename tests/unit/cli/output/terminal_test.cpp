// SPDX-License-Identifier: MIT
#include "cli/output/terminal.hpp"

#include "cli/output/command_result.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <signal.h>
#include <string>
#include <thread>
#include <unistd.h>

namespace warder::cli {
namespace {

using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

/// A pipe that contains these bytes and then ends.
class Input {
  public:
    explicit Input(std::string const& bytes) {
        EXPECT_EQ(::pipe2(ends_.data(), O_CLOEXEC), 0);
        EXPECT_EQ(::write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
        ::close(ends_[1]);
    }
    Input(Input const&) = delete;
    Input& operator=(Input const&) = delete;
    ~Input() { ::close(ends_[0]); }

    [[nodiscard]] int descriptor() const { return ends_[0]; }
    /// Returns a line of at most 8 bytes, or why there is none.
    std::string line() {
        auto const read = read_line(descriptor(), 8);
        if (read) return std::string{read->view()};
        return read.error() == ReadLineError::kEnd ? "(end)" : read.error() == ReadLineError::kTooLong ? "(too long)" : "(unreadable)";
    }

  private:
    std::array<int, 2> ends_{};
};

TEST(ReadLine, EndsAtLfCrlfOrEndOfInput) {
    EXPECT_EQ(Input{"one\ntwo"}.line(), "one");
    EXPECT_EQ(Input{"one\r\n"}.line(), "one");
    EXPECT_EQ(Input{"one"}.line(), "one");
    EXPECT_EQ(Input{"\n"}.line(), "");
    EXPECT_EQ(Input{""}.line(), "(end)");
}

TEST(ReadLine, KeepsACrThatDoesNotEndTheLine) {
    EXPECT_EQ(Input{"a\rb\n"}.line(), "a\rb");
    EXPECT_EQ(Input{"a\r"}.line(), "a\r");
    EXPECT_EQ(Input{"a\r\r\n"}.line(), "a\r");
}

TEST(ReadLine, KeepsNulBytes) { EXPECT_EQ(Input(std::string("a\0b\n", 4)).line(), std::string("a\0b", 3)); }

TEST(ReadLine, RejectsALineBeyondTheLimit) {
    EXPECT_EQ(Input{"12345678"}.line(), "12345678");
    EXPECT_EQ(Input{"12345678\n"}.line(), "12345678");
    EXPECT_EQ(Input{"12345678\r\n"}.line(), "12345678");
    EXPECT_EQ(Input{"123456789"}.line(), "(too long)");
    EXPECT_EQ(Input{"123456789\n"}.line(), "(too long)");
    EXPECT_EQ(Input{"12345678\r"}.line(), "(too long)");
    EXPECT_EQ(Input{"1234567890123456789\n"}.line(), "(too long)");
}

TEST(ReadLine, DoesNotConsumeTheNextLine) {
    Input input{"one\ntwo\n"};
    EXPECT_EQ(input.line(), "one");
    EXPECT_EQ(input.line(), "two");
    EXPECT_EQ(input.line(), "(end)");
}

TEST(ReadLine, ReportsAnUnreadableDescriptor) {
    auto const line = read_line(-1, 8);
    ASSERT_FALSE(line);
    EXPECT_EQ(line.error(), ReadLineError::kUnreadable);
}

TEST(SignalsForMainThread, BlocksSignalsInThreadsStartedInItsScope) {
    auto const blocks_interrupt = [] {
        sigset_t mask{};
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        return sigismember(&mask, SIGINT) == 1;
    };
    bool in_thread = false;
    {
        SignalsForMainThread const only_here;
        std::jthread{[&] { in_thread = blocks_interrupt(); }}.join();
    }
    EXPECT_TRUE(in_thread);
    EXPECT_FALSE(blocks_interrupt());
}

TEST(Report, PrintsTheErrorOnOneLineAndReturnsTheExitCode) {
    CaptureStderr();
    EXPECT_EQ(report(std::unexpected{"it can't be"}), 1);
    EXPECT_EQ(report(std::unexpected{authority::Error::kUserNotFound}), 1);
    EXPECT_EQ(report(std::unexpected{CommandError{"a value is missing", kUsageError}}), 2);
    EXPECT_EQ(GetCapturedStderr(), "warder: it can't be\nwarder: There is no user with that name.\nwarder: a value is missing\n");
}

TEST(Report, PrintsNothingWithoutAMessage) {
    CaptureStderr();
    EXPECT_EQ(report({}), 0);
    EXPECT_EQ(report(std::unexpected{""}), 1);
    EXPECT_EQ(GetCapturedStderr(), "");
}

TEST(Print, WritesEveryByteAndALineEnd) {
    CaptureStdout();
    print(std::string_view{"a\0b", 3});
    print(boost::json::object{{"ok", true}});
    std::fflush(stdout);
    EXPECT_EQ(GetCapturedStdout(), std::string("a\0b\n{\"ok\":true}\n", 16));
}

}  // namespace
}  // namespace warder::cli
