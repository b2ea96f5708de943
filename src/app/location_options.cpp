// SPDX-License-Identifier: MIT
#include "app/location_options.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

namespace warder::app {
namespace {

constexpr std::string_view kConfigVariable = "WARDER_CONFIG";

/// Returns the first two problems on one line, since the first may be caused by the second, and how many others there are.
std::string summarize(Problems const& problems) {
    auto line = problems.front();
    if (problems.size() > 1) line += "; also " + problems[1];
    if (auto const more = problems.size() - std::min<std::size_t>(problems.size(), 2); more > 0)
        line += "; and " + std::to_string(more) + " more ('warder check' lists all)";
    return line;
}

/// A file in a directory that this user can't search counts as existing, so that reading it reports the cause.
bool may_exist(std::filesystem::path const& file) {
    std::error_code unclear;
    return std::filesystem::exists(file, unclear) || unclear;
}

}  // namespace

ConfigSource source_of(cli::LocationOptions const& options, std::filesystem::path const& installed) {
    ConfigSource source{.file = options.config, .overrides = {.environment = warder_environment(), .flags = {}}};
    auto const named = source.overrides.environment.extract(std::string{kConfigVariable});
    if (!source.file && !named.empty() && !named.mapped().empty()) source.file = named.mapped();
    if (!source.file && !options.store && !options.data_dir && may_exist(installed)) source.file = installed;
    if (options.store) source.overrides.flags["store"] = *options.store;
    if (options.data_dir) source.overrides.flags["data_dir"] = *options.data_dir;
    return source;
}

std::expected<Config, std::string> load_config(ConfigSource const& source) {
    auto config = read_config(source.file, source.overrides);
    if (!config) return std::unexpected{summarize(config.error())};
    return std::move(*config);
}

}  // namespace warder::app
