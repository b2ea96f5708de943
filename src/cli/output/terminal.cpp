// SPDX-License-Identifier: MIT
#include "cli/output/terminal.hpp"

#include <boost/json/serialize.hpp>

#include <array>
#include <cerrno>
#include <cstdio>
#include <poll.h>
#include <string>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace warder::cli {
namespace {

/// Returns the signals that end or stop a program at a terminal.
sigset_t terminal_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    for (int const signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&signals, signal);
    return signals;
}

/// Turns off the terminal's echo during its lifetime.
class NoEcho {
  public:
    NoEcho() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        is_set_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    NoEcho(NoEcho const&) = delete;
    NoEcho& operator=(NoEcho const&) = delete;
    ~NoEcho() {
        if (is_set_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }

  private:
    termios before_{};
    bool is_set_ = false;
};

/// Blocks the terminal's signals during its lifetime and receives them through a descriptor instead.
class HeldSignals {
  public:
    HeldSignals() : descriptor_{make()} { pthread_sigmask(SIG_BLOCK, &signals_, &before_); }
    HeldSignals(HeldSignals const&) = delete;
    HeldSignals& operator=(HeldSignals const&) = delete;
    ~HeldSignals() {
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    /// Waits until standard input is readable. @return the signal that arrived instead, or 0.
    [[nodiscard]] int wait() const {
        std::array<pollfd, 2> watched{{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}, {.fd = descriptor_, .events = POLLIN, .revents = 0}}};
        while (::poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {}
        signalfd_siginfo received{};
        if (watched[1].revents == 0 || ::read(descriptor_, &received, sizeof received) != sizeof received) return 0;
        return static_cast<int>(received.ssi_signo);
    }

  private:
    int make() const { return ::signalfd(-1, &signals_, SFD_CLOEXEC | SFD_NONBLOCK); }

    sigset_t signals_ = terminal_signals();
    sigset_t before_{};
    int descriptor_;
};

}  // namespace

void print_error(std::string_view why) { std::fprintf(stderr, "warder: %.*s\n", static_cast<int>(why.size()), why.data()); }

void print(std::string_view line) {
    std::fwrite(line.data(), 1, line.size(), stdout);
    std::fputc('\n', stdout);
}

void print(boost::json::object const& object) { print(boost::json::serialize(object)); }

std::expected<crypto::Secret, ReadLineError> read_line(int descriptor, std::size_t limit) {
    std::string line;
    // Reserves the longest line at once, because a string that grows leaves copies behind.
    line.reserve(limit + 2);
    auto const wiped = [&](ReadLineError why) {
        crypto::wipe(line);
        return std::unexpected{why};
    };
    for (char c = 0;;) {
        auto const count = ::read(descriptor, &c, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return wiped(ReadLineError::kUnreadable);
        if (count == 0 && line.empty()) return wiped(ReadLineError::kEnd);
        if (count == 0) break;
        if (c == '\n') {
            if (line.ends_with('\r')) line.pop_back();
            break;
        }
        // The byte after the limit may be the CR of the line's end.
        if (line.size() > limit) return wiped(ReadLineError::kTooLong);
        line += c;
    }
    if (line.size() > limit) return wiped(ReadLineError::kTooLong);
    crypto::Secret secret{line};
    crypto::wipe(line);
    return secret;
}

std::expected<crypto::Secret, ReadLineError> prompt_for_secret(std::string_view prompt, std::size_t limit) {
    for (;;) {
        int signal = 0;
        {
            HeldSignals const held;
            NoEcho const no_echo;
            std::fprintf(stderr, "%.*s", static_cast<int>(prompt.size()), prompt.data());
            signal = held.wait();
            if (signal == 0) {
                auto line = read_line(STDIN_FILENO, limit);
                std::fputs("\n", stderr);
                return line;
            }
        }
        // The terminal is restored here. If the program is stopped and continued, it prompts again.
        std::fputs("\n", stderr);
        ::raise(signal);
    }
}

bool is_terminal() { return ::isatty(STDIN_FILENO) == 1; }

SignalsForMainThread::SignalsForMainThread() {
    auto const signals = terminal_signals();
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

SignalsForMainThread::~SignalsForMainThread() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace warder::cli
