// SPDX-License-Identifier: MIT
// warder: the command line.
#include "app/commands.hpp"
#include "cli/terminal.hpp"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/// Whatever is opened first takes the place of a standard stream that is closed: then log lines would go into users.json. Neither reading nor writing
/// works on what stands there instead.
void fill_closed_streams() {
    for (int const stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (fcntl(stream, F_GETFD) < 0) static_cast<void>(open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY));
}

/// Passwords and keys pass through this process: neither a core file nor a debugger of the same user may have them.
void protect_secrets() {
    rlimit const none{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(077);
}

/// What nobody caught is a system without threads or memory. It isn't caught in main either: to unwind would be to wait for threads that wait for us.
[[noreturn]] void give_up() noexcept {
    try {
        if (auto const failure = std::current_exception()) std::rethrow_exception(failure);
        std::fputs("warder: it can't go on\n", stderr);
    } catch (std::exception const& failure) {
        std::fprintf(stderr, "warder: it can't go on: %s\n", failure.what());
    } catch (...) {
        std::fputs("warder: it can't go on\n", stderr);
    }
    std::_Exit(warder::cli::kRefused);
}

/// A write beyond the system's limit for files fails like one on a full disk, instead of ending the process.
void take_file_limit_for_full_disk() { ::signal(SIGXFSZ, SIG_IGN); }

/// As many connections as the system lets us have.
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
    warder::app::Action chosen;
    warder::app::declare_commands(program, chosen);
    try {
        program.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return program.exit(error) == 0 ? 0 : warder::cli::kWrongUsage;
    }
    auto const status = chosen();
    // What was to be told may be a token that is never shown again: half of it is not an answer.
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    return warder::cli::refuse("standard output can't be written");
}
