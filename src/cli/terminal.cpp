// SPDX-License-Identifier: MIT
#include "cli/terminal.hpp"

#include <boost/json/serialize.hpp>
#include <termios.h>
#include <unistd.h>

#include <cstdio>

namespace warder::cli {
namespace {

/// Typing is not shown as long as this lives.
class NoEcho {
  public:
    NoEcho() {
        tcgetattr(STDIN_FILENO, &before_);
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    NoEcho(NoEcho const&) = delete;
    NoEcho& operator=(NoEcho const&) = delete;
    ~NoEcho() { tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_); }

  private:
    termios before_{};
};

/// One line without its end; nullopt at the end of the input.
std::optional<crypto::Secret> read_line() {
    std::string line;
    char c = 0;
    bool is_anything = false;
    while (line.size() <= 4096 && ::read(STDIN_FILENO, &c, 1) == 1) {
        is_anything = true;
        if (c == '\n') break;
        line += c;
    }
    if (!is_anything) return std::nullopt;
    if (line.ends_with('\r')) line.pop_back();
    crypto::Secret secret{line};
    crypto::wipe(line);
    return secret;
}

std::optional<crypto::Secret> ask(char const* prompt) {
    NoEcho const no_echo;
    std::fputs(prompt, stderr);
    auto line = read_line();
    std::fputs("\n", stderr);
    return line;
}

}  // namespace

int refuse(std::string_view why) {
    std::fprintf(stderr, "warder: %.*s\n", static_cast<int>(why.size()), why.data());
    return kRefused;
}

int refuse(authority::Error error) { return refuse(authority::sentence(error)); }

void print(std::string_view line) { std::printf("%.*s\n", static_cast<int>(line.size()), line.data()); }

void print(boost::json::object const& object) { print(boost::json::serialize(object)); }

std::optional<crypto::Secret> read_password(bool from_standard_input) {
    if (from_standard_input || ::isatty(STDIN_FILENO) != 1) return read_line();
    auto first = ask("Password: ");
    auto const again = ask("Again: ");
    if (!first || !again || first->view() != again->view()) return std::nullopt;
    return first;
}

}  // namespace warder::cli
