// SPDX-License-Identifier: MIT
// warder: the command line.
#include "app/arguments.hpp"
#include "app/commands.hpp"
#include "app/usage_error.hpp"
#include "cli/output/terminal.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <signal.h>
#include <span>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/// Opens closed standard streams. Otherwise the first file that is opened would take the place of a standard stream,
/// and log lines could go into users.json. What is opened in their place allows neither reading from standard input nor
/// writing to the others.
void fill_closed_streams() {
    for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0) static_cast<void>(open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

/// Keeps passwords and keys in this process from core files and from debuggers of the same user.
void protect_secrets() {
    rlimit const none{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(077);
}

/// Handles an uncaught exception: the system has run out of threads or memory. `main` doesn't catch it either, because
/// unwinding would wait for threads that wait for this one.
[[noreturn]] void give_up() noexcept {
    try {
        if (auto const failure = std::current_exception()) std::rethrow_exception(failure);
        std::fputs("warder: unexpected failure; the program ends\n", stderr);
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "warder: unexpected failure; the program ends: %s\n", failure.what());
    } catch (...) {
        std::fputs("warder: unexpected failure; the program ends\n", stderr);
    }
    std::_Exit(warder::cli::kFailure);
}

/// Makes a write beyond the limit of a file's size fail like a write to a full disk, instead of ending the process.
void take_file_limit_for_full_disk() { ::signal(SIGXFSZ, SIG_IGN); }

/// Allows as many connections as the system's hard limit permits.
void raise_file_limit() {
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

int main(int argc, char** argv) {
    fill_closed_streams();
    std::set_terminate(&give_up);
    protect_secrets();
    take_file_limit_for_full_disk();
    raise_file_limit();
    CLI::App program{"Access tokens for REST APIs that only know passwords", "warder"};
    program.require_subcommand(1);
    warder::cli::Action chosen;
    warder::app::declare_commands(program, chosen);
    std::span<char const* const> const arguments{argv + std::min(argc, 1), static_cast<std::size_t>(std::max(argc - 1, 0))};
    try {
        warder::app::parse_arguments(program, arguments);
    } catch (CLI::ParseError const& error) {
        // This is how the parser reports --help and --version, too.
        if (error.get_exit_code() == 0) return program.exit(error);
        warder::cli::CommandError const usage{warder::app::explain_usage_error(program, arguments, error), warder::cli::kUsageError};
        return warder::cli::report(std::unexpected{usage}, warder::cli::error_format(warder::app::wants_json(arguments)));
    }
    auto const errors = warder::cli::error_format(warder::app::wants_json(program));
    auto const status = warder::cli::report(chosen(), errors);
    // The output may be a token that is never shown again, so incomplete output is a failure.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    return warder::cli::report(std::unexpected{"can't write to standard output"}, errors);
}
