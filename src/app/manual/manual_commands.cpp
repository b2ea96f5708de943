// SPDX-License-Identifier: MIT
#include "app/manual/manual_commands.hpp"

#include "app/manual/completion.hpp"
#include "app/manual/pages.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/words.hpp"
#include "core/text/number.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>

namespace warder::app {
namespace {

void write(std::string const& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

struct CompletionOptions {
    CLI::App const* program = nullptr;
    std::string shell;
};

cli::CommandResult print_completion(CompletionOptions const& options) {
    auto const program = describe_commands(*options.program);
    if (options.shell == "bash") write(bash_completion(program));
    else if (options.shell == "zsh") write(zsh_completion(program));
    else write(fish_completion(program));
    return {};
}

struct ManualOptions {
    CLI::App const* program = nullptr;
    std::string page;
};

/// Returns the date for the pages: that of the release if the build names it, so that builds are reproducible.
std::string date_of_build() {
    auto const* const epoch = std::getenv("SOURCE_DATE_EPOCH");
    auto const seconds = epoch != nullptr ? core::read_number<std::int64_t>(epoch) : std::nullopt;
    auto const now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    return cli::date(seconds ? Instant{std::chrono::seconds{*seconds}} : now);
}

cli::CommandResult print_page(ManualOptions const& options) {
    auto const edition = Edition{.version = WARDER_VERSION, .date = date_of_build()};
    write(options.page == "warder.1" ? program_page(describe_commands(*options.program), edition) : settings_page(edition));
    return {};
}

}  // namespace

void declare_completion(cli::CommandLine const& commands, CLI::App const& program) {
    auto const [completion, options] = commands.add("completion", "print the script that completes commands in a shell", &print_completion);
    options.program = &program;
    completion.add_option("SHELL", options.shell, "the shell")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
    completion.footer(R"(The package installs the scripts. Without it, for the current shell:
  bash: source <(warder completion bash)
  zsh:  source <(warder completion zsh), after compinit
  fish: warder completion fish | source)");
}

void declare_manual(cli::CommandLine const& commands, CLI::App const& program) {
    auto const [manual, options] = commands.add("manual", "print a manual page", &print_page);
    options.program = &program;
    manual.group("");
    manual.add_option("PAGE", options.page, "the page")->required()->check(CLI::IsMember({"warder.1", "warder.toml.5"}));
}

}  // namespace warder::app
