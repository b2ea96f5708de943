// SPDX-License-Identifier: MIT
#include "app/location_options.hpp"

#include "cli/terminal.hpp"

#include <algorithm>
#include <utility>

namespace warder::app {
namespace {

/// Returns the first two problems on one line, since the first may be caused by the second, and how many others there are.
std::string summarize(Problems const& problems) {
    auto line = problems.front();
    if (problems.size() > 1) line += "; also " + problems[1];
    if (auto const more = problems.size() - std::min<std::size_t>(problems.size(), 2); more > 0)
        line += "; and " + std::to_string(more) + " more ('warder check' lists all)";
    return line;
}

}  // namespace

ConfigSource source_of(cli::LocationOptions const& options) {
    ConfigSource source{.file = options.config, .overrides = {.environment = warder_environment(), .flags = {}}};
    if (options.store) source.overrides.flags["store"] = *options.store;
    if (options.data_dir) source.overrides.flags["data_dir"] = *options.data_dir;
    return source;
}

std::optional<Config> read_or_print_error(ConfigSource const& source) {
    auto config = read_config(source.file, source.overrides);
    if (config) return std::move(*config);
    cli::print_error(summarize(config.error()));
    return std::nullopt;
}

}  // namespace warder::app
