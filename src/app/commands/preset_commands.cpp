// SPDX-License-Identifier: MIT
#include "app/commands/preset_commands.hpp"

#include "api/views.hpp"
#include "app/location_options.hpp"
#include "cli/output/table.hpp"
#include "cli/output/terminal.hpp"
#include "cli/output/words.hpp"
#include "core/try.hpp"

#include <string>
#include <vector>

namespace warder::app {
namespace {

struct PresetListOptions {
    cli::LocationOptions location;
    bool is_json = false;
};

struct PresetShowOptions {
    cli::LocationOptions location;
    bool is_json = false;
    std::string name;
};

cli::CommandResult list_presets(PresetListOptions const& options) {
    WARDER_TRY(auto const config, load_config(source_of(options.location)));
    if (options.is_json) {
        cli::print(api::view_of(config.presets));
        return {};
    }
    auto table = cli::Table::with_header({"NAME", "DESCRIPTION", "ACCESS"});
    for (auto const& preset : config.presets) table.add({preset.name, preset.description, cli::summary(*preset.endpoints)});
    cli::print(table);
    return {};
}

cli::CommandResult show_preset(PresetShowOptions const& options) {
    WARDER_TRY(auto const config, load_config(source_of(options.location)));
    auto const found = authority::find_preset(config.presets, options.name);
    if (!found) return cli::failure(found.error(), "unknown_preset");
    auto const& preset = **found;
    if (options.is_json) {
        cli::print(api::view_of(preset));
        return {};
    }
    auto table = cli::Table::of_properties();
    table.add_property("Name", {preset.name});
    if (!preset.description.empty()) table.add_property("Description", {preset.description});
    std::vector<std::string> grants;
    for (auto const& grant : preset.endpoints->grants()) grants.push_back(grant.text());
    table.add_property("Access", grants);
    cli::print(table);
    return {};
}

}  // namespace

void declare_preset_commands(cli::CommandLine const& program) {
    auto const group = program.group("preset", "show presets, the named lists of grants in the configuration: list, show");
    auto const [list, listed] = group.add("list", "list the presets", &list_presets);
    listed.location.declare(list);
    list.add_flag("--json", listed.is_json, "print JSON: the response of the HTTP API");
    auto const [show, shown] = group.add("show", "show a preset with all its grants", &show_preset);
    shown.location.declare(show);
    show.add_option("NAME", shown.name, "name of the preset")->required();
    show.add_flag("--json", shown.is_json, "print JSON: the preset as the HTTP API lists it");
}

}  // namespace warder::app
