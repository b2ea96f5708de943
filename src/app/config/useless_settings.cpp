// SPDX-License-Identifier: MIT
#include "app/config/useless_settings.hpp"

#include <string_view>

namespace warder::app {
namespace {

/// Returns why `ui.same_origin = true` has no effect; empty if it has one.
std::string_view why_same_origin_is_useless(Config const& config) {
    if (!config.ui_enabled) return "ui.enabled is false";
    if (config.server.gateway_listen) return "gateway.listen already gives the pages of upstreams another origin";
    return config.routes.empty() ? "there is no [[route]]" : std::string_view{};
}

}  // namespace

std::vector<std::string> find_useless_settings(Config const& config) {
    std::vector<std::string> useless;
    auto const add = [&useless](std::string_view setting, std::string_view why) {
        useless.push_back(std::string{setting}.append(" has no effect: ").append(why));
    };
    if (config.allow_plaintext && config.server.tls.is_wanted()) add("allow_plaintext", "tls_certificate is set, so nothing is served in plaintext");
    if (config.server.gateway_listen && config.routes.empty())
        add("gateway.listen", "there is no [[route]], so every request to it is answered with 404");
    if (auto const why = why_same_origin_is_useless(config); config.ui_same_origin && !why.empty()) add("ui.same_origin", why);
    if (config.ui_enabled && config.sessions.idle > config.sessions.absolute) add("ui.idle", "ui.absolute is shorter and ends every session first");
    if (config.server.access_log && config.log_level > log::Level::kInfo) add("log.access", "access lines have level info, which log.level hides");
    if (config.log_addresses && config.log_level > log::Level::kInfo) add("log.addresses", "denials have level info, which log.level hides");
    if (store::file_of(config.store_url()) != nullptr) {
        constexpr std::string_view kIsLocal = "the store is on this machine, so the token index is always current";
        if (config.max_staleness) add("cluster.max_staleness", kIsLocal);
        if (config.poll) add("cluster.poll", kIsLocal);
        if (!config.encryption_key_file.empty())
            add("keys.encryption_key_file", "the store is on this machine, and its signing keys are in data_dir");
    }
    return useless;
}

}  // namespace warder::app
