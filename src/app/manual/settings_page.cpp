// SPDX-License-Identifier: MIT
#include "app/config/key_help.hpp"
#include "app/config/keys.hpp"
#include "app/config/route_keys.hpp"
#include "app/manual/pages.hpp"
#include "app/manual/roff.hpp"

#include <string_view>

namespace warder::app {
namespace {

constexpr std::string_view kExampleFile = R"(listen = "127.0.0.1:8441"
data_dir = "/var/lib/warder"

[tokens]
max_life = "1 year"

[[route]]
prefix = "/photos"
upstream = "https://photos.internal:8443"
credential = "header-file:X-Api-Key:/etc/warder/photos.key"

[[preset]]
name = "photos-read"
description = "Look at all photos"
endpoints = ["GET /photos/**"])";

void append_setting(RoffPage& page, std::string_view name, std::string_view full_name) {
    auto const* const help = find_key_help(full_name);
    if (help == nullptr) return;
    auto term = roff_bold(name);
    if (!help->fallback.empty()) term += roff_text(" = ") + roff_text(help->fallback);
    page.tagged(term, roff_text(as_sentence(help->text)));
}

}  // namespace

std::string settings_page(Edition const& edition) {
    RoffPage page{"WARDER.TOML", "5", edition.date, "warder " + edition.version, "Warder manual"};
    page.heading("NAME");
    page.paragraph("warder.toml \\- configuration of the access token server Warder");
    page.heading("DESCRIPTION");
    page.paragraph(
        roff_text("The option `--config` names the file, which is in TOML. Every setting has a default, so no file is needed. `warder check` "
                  "lists everything that is wrong with a configuration. Unknown keys are errors."));
    page.paragraph(roff_text(
        "Each setting except routes and presets can also be set in the environment, as `WARDER_KEY` at the top level and as `WARDER_SECTION_KEY` "
        "in a section: `WARDER_LISTEN`, `WARDER_TOKENS_MAX_LIFE`. There, commas separate the entries of a list. An option of the "
        "command line takes precedence over the environment, and that over the file."));
    page.paragraph(roff_text(
        "Durations are texts such as `\"10 s\"`, `\"30 minutes\"` and `\"400 days\"`, or numbers of seconds. Sizes are texts such as "
        "`\"64 KiB\"`, `\"10 MiB\"` and `\"1 GiB\"`. On SIGHUP, the server reads routes, presets, credentials, certificates and the log level "
        "again; other changes need a restart."));
    page.heading("SETTINGS");
    page.paragraph("Each setting is shown with its default, where it has one.");
    page.subheading("\"Top level\"");
    std::string_view section;
    for (auto const& key : all_keys()) {
        if (key.kind == Key::Kind::kTables) continue;
        auto const dot = key.name.find('.');
        auto const of_key = dot == std::string_view::npos ? std::string_view{} : key.name.substr(0, dot);
        if (of_key != section) page.subheading(std::string{"["}.append(of_key).append("]"));
        section = of_key;
        append_setting(page, key.name.substr(of_key.empty() ? 0 : dot + 1), key.name);
    }
    page.subheading("[[route]]");
    page.paragraph(roff_text("Each of these tables puts a path of the gateway in front of another server, the upstream."));
    for (auto const& key : all_route_keys()) append_setting(page, key.name, std::string{"route."}.append(key.name));
    page.subheading("[[preset]]");
    page.paragraph(
        roff_text("Each of these tables is a named list of grants that users can pick for a new token: in the web UI, and with the option "
                  "`--preset` of `warder token create`. Files in `presets_dir` have such tables, too."));
    for (auto const* const key : {"name", "description", "endpoints"}) append_setting(page, key, std::string{"preset."}.append(key));
    page.heading("EXAMPLES");
    page.example(kExampleFile);
    page.heading("FILES");
    page.tagged(roff_bold("/etc/warder/warder.toml"), roff_text("The configuration of the service that the Debian package installs."));
    page.heading("\"SEE ALSO\"");
    page.paragraph(roff_text("`warder`(1)"));
    return page.text();
}

}  // namespace warder::app
