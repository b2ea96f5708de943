// SPDX-License-Identifier: MIT
#include "app/manual/pages.hpp"
#include "app/manual/roff.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace warder::app {
namespace {

using Entry = std::pair<std::string_view, std::string_view>;

constexpr auto kExitStatus = std::to_array<Entry>({
    {"0", "The command did what it was asked to do."},
    {"1", "It was refused, or it failed. One line on standard error says why, unless the output already does."},
    {"2", "The command line is wrong."},
});

constexpr auto kEnvironment = std::to_array<Entry>({
    {"WARDER_ADMIN_PASSWORD", "Password of the user admin at the first start of `warder serve`. Later starts ignore it and log that."},
    {"WARDER_KEY, WARDER_SECTION_KEY", "Settings, such as `WARDER_LISTEN` and `WARDER_TOKENS_MAX_LIFE`: see `warder.toml`(5)."},
    {"NO_COLOR", "If it is not empty, the output has no colors. Without a terminal, it never has."},
    {"TERM", "If it is missing or dumb, the output has no colors."},
});

constexpr auto kFiles = std::to_array<Entry>({
    {"warder.toml", "Configuration, named by `--config`: see `warder.toml`(5)."},
    {"./warder-data", "Default data directory (mode 0700)."},
    {"DATA_DIR/keys.json", "Signing keys (mode 0600). A postgresql:// store has them itself, encrypted."},
    {"DATA_DIR/warder.db", "Default store: an SQLite database. Recent changes are in warder.db-wal."},
    {"DATA_DIR/initial-admin-password", "Password of admin after a first start without a terminal. It is removed when that password changes."},
    {"DATA_DIR/warder.sock", "Control socket, by which commands make a running server read the store again."},
});

constexpr std::string_view kExamples = R"($ warder serve
$ warder token create --user admin --description ci --life "3 months" \
      --endpoint "GET /v1alpha/wallets/*"
$ warder token list --user alice --json | jq
$ warder token verify --method GET --path /v1alpha/wallets/hot < token
$ warder backup /var/backups/warder/2026-11-29)";

/// Returns the names of an option with its value: "-h, --help", "--config FILE".
std::string term_of(OptionDescription const& option) {
    std::string term;
    for (auto const& name : option.names) term.append(term.empty() ? "" : ", ").append(roff_bold(name));
    if (!option.value.empty() && option.names.front().starts_with('-')) term += ' ' + roff_italic(option.value);
    return term;
}

std::string usage_of(OptionDescription const& option) {
    auto const& name = option.names.back();
    auto usage = name.starts_with('-') ? roff_bold(name) : roff_italic(name);
    if (name.starts_with('-') && !option.value.empty()) usage += ' ' + roff_italic(option.value);
    if (!option.is_required) usage = '[' + usage + ']';
    return option.is_repeatable ? usage + "..." : usage;
}

/// Returns the options that several commands share word for word, which are explained once.
std::vector<OptionDescription> common_options(CommandDescription const& program) {
    constexpr std::ptrdiff_t kMany = 4;
    auto const leaves = leaves_of(program);
    std::vector<OptionDescription> common;
    for (auto const* const leaf : leaves)
        for (auto const& option : leaf->options) {
            auto const has_it = [&option](auto const* other) { return std::ranges::find(other->options, option) != other->options.end(); };
            if (std::ranges::find(common, option) == common.end() && std::ranges::count_if(leaves, has_it) >= kMany) common.push_back(option);
        }
    return common;
}

void append_command(RoffPage& page, CommandDescription const& command, std::vector<OptionDescription> const& common) {
    auto const is_common = [&common](OptionDescription const& option) { return std::ranges::find(common, option) != common.end(); };
    page.subheading("warder " + command.path);
    auto usage = roff_bold("warder " + command.path);
    std::string shared;
    for (auto const& option : command.options) {
        if (!is_common(option)) usage += ' ' + usage_of(option);
        else if (option.names.back() != "--help") shared.append(shared.empty() ? "" : ", ").append(roff_bold(option.names.back()));
    }
    for (auto const& argument : command.arguments) usage += ' ' + usage_of(argument);
    page.paragraph(usage);
    page.paragraph(roff_text(as_sentence(command.help)));
    auto const explain = [&page](OptionDescription const& option) { page.tagged(term_of(option), roff_text(as_sentence(option.help))); };
    std::ranges::for_each(command.arguments, explain);
    for (auto const& option : command.options)
        if (!is_common(option)) explain(option);
    if (!shared.empty()) page.paragraph("Common options: " + shared + ".");
    if (command.footer.find('\n') != std::string::npos) page.example(command.footer);
    else if (!command.footer.empty()) page.paragraph(roff_text(as_sentence(command.footer)));
}

template <std::size_t count>
void append_entries(RoffPage& page, std::string_view heading, std::array<Entry, count> const& entries) {
    page.heading(heading);
    for (auto const& [term, text] : entries) page.tagged(roff_bold(term), roff_text(text));
}

}  // namespace

std::string program_page(CommandDescription const& program, Edition const& edition) {
    RoffPage page{"WARDER", "1", edition.date, "warder " + edition.version, "Warder manual"};
    auto const common = common_options(program);
    page.heading("NAME");
    page.paragraph("warder \\- " + roff_text(program.help));
    page.heading("SYNOPSIS");
    page.paragraph(roff_bold("warder") + ' ' + roff_italic("COMMAND") + " [" + roff_italic("OPTION") + "]...");
    page.heading("DESCRIPTION");
    page.paragraph(
        roff_text("Warder gives the users of an API access tokens that expire, that can be limited to parts of the API, and that can be "
                  "revoked at once. `warder serve` runs the server. The other commands work on its data directory; a change takes effect on a "
                  "running server before the command returns."));
    page.paragraph(
        roff_text("Lists are printed as tables. With `--json`, commands print the object that the HTTP API returns, and errors are an object "
                  "with the keys message and error on standard error. Passwords and tokens are never arguments: they are read from standard "
                  "input, or prompted for on a terminal."));
    page.heading("COMMANDS");
    for (auto const* const command : leaves_of(program)) append_command(page, *command, common);
    page.heading("\"COMMON OPTIONS\"");
    for (auto const& option : common) page.tagged(term_of(option), roff_text(as_sentence(option.help)));
    for (auto const& option : program.options)
        if (std::ranges::find(common, option) == common.end()) page.tagged(term_of(option), roff_text(as_sentence(option.help)));
    append_entries(page, "\"EXIT STATUS\"", kExitStatus);
    append_entries(page, "ENVIRONMENT", kEnvironment);
    append_entries(page, "FILES", kFiles);
    page.heading("EXAMPLES");
    page.example(kExamples);
    page.heading("\"SEE ALSO\"");
    page.paragraph(roff_text("`warder.toml`(5)"));
    return page.text();
}

}  // namespace warder::app
