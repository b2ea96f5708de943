// SPDX-License-Identifier: MIT
// warder: the command line.
#include "app/config.hpp"
#include "app/serve.hpp"
#include "warder/duration.hpp"

#include <CLI/CLI.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace warder;

constexpr int kRefused = 1;
constexpr int kWrongUsage = 2;

/// Passwords and keys pass through this process: neither a core file nor a debugger of the same user may have them.
void protect_secrets() {
    rlimit const none{.rlim_cur = 0, .rlim_max = 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    umask(077);
    // As many connections as the system lets us have.
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

struct StoreOptions {
    std::string config, store, data_dir, listen;

    void declare(CLI::App& command) {
        command.add_option("--config", config, "the configuration, a TOML file");
        command.add_option("--store", store, "where users and tokens are kept, e.g. sqlite:/var/lib/warder/warder.db");
        command.add_option("--data-dir", data_dir, "the folder of the keys and, if nothing else is said, the store");
    }
    [[nodiscard]] std::optional<std::filesystem::path> file() const { return config.empty() ? std::nullopt : std::optional<std::filesystem::path>{config}; }
    [[nodiscard]] app::Overrides overrides() const {
        app::Overrides overrides{.environment = app::warder_environment(), .flags = {}};
        if (!store.empty()) overrides.flags["store"] = store;
        if (!data_dir.empty()) overrides.flags["data_dir"] = data_dir;
        if (!listen.empty()) overrides.flags["listen"] = listen;
        return overrides;
    }
};

int complain(std::string const& why) {
    std::fprintf(stderr, "warder: %s\n", why.c_str());
    return kRefused;
}

int run_serve(StoreOptions const& options) {
    auto const config = app::read_config(options.file(), options.overrides());
    if (!config) {
        for (auto const& complaint : config.error()) complain(complaint);
        return kRefused;
    }
    auto const served = app::serve(*config, options.file(), options.overrides());
    return served ? 0 : complain(served.error());
}

int run_duration(std::vector<std::string> const& texts) {
    int status = 0;
    for (auto const& text : texts) {
        auto const duration = read_duration(text);
        if (!duration) {
            std::puts("invalid");
            status = kRefused;
            continue;
        }
        // Shortest form that reads back the same, never with an exponent: whole seconds have no point.
        std::array<char, 512> digits{};
        auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), duration->count() + 0.0, std::chars_format::fixed).ptr;
        std::printf("%.*s\n", static_cast<int>(end - digits.data()), digits.data());
    }
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    protect_secrets();
    CLI::App program{"Access tokens for REST APIs that only know passwords"};
    program.require_subcommand(1);

    StoreOptions options;
    auto* const serve = program.add_subcommand("serve", "run the server");
    options.declare(*serve);
    serve->add_option("--listen", options.listen, "address and port, e.g. 127.0.0.1:8441");

    std::vector<std::string> texts;
    auto* const duration = program.add_subcommand("duration", "print durations in seconds, a line each");
    duration->add_option("TEXT", texts, "e.g. \"6 minutes\", \"3 months\", \"P1Y2M\"")->required();

    try {
        program.parse(argc, argv);
    } catch (CLI::ParseError const& error) {
        return program.exit(error) == 0 ? 0 : kWrongUsage;
    }
    return serve->parsed() ? run_serve(options) : run_duration(texts);
}
