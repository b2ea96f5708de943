// SPDX-License-Identifier: MIT
#include "app/check.hpp"

#include "app/check_routes.hpp"
#include "app/config_values.hpp"
#include "app/useless_settings.hpp"
#include "instance/data_dir.hpp"
#include "instance/open_store.hpp"
#include "store/key_file.hpp"
#include "store/replaceable.hpp"

#include <chrono>
#include <iterator>
#include <optional>
#include <utility>

namespace warder::app {
namespace {

void append(Complaints& faults, Complaints more) {
    faults.insert(faults.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

/// What is wrong with the certificate and its key, if there are any.
std::optional<std::string> judge_identity(http::TlsFiles const& files) {
    if (files.certificate.empty() || files.key.empty()) return std::nullopt;
    auto const identity = http::TlsIdentity::read(files);
    if (!identity) return identity.error();
    if ((*identity)->expires_at() > std::chrono::system_clock::now()) return std::nullopt;
    return files.certificate.native() + ": the TLS certificate has expired: put a new one there and send SIGHUP to the server";
}

/// Of the files that are replaced as a whole. That a directory can't be written is said elsewhere of the data directory and of a database's.
Complaints find_hindrances(Config const& config, bool is_data_dir_known, bool is_store_known) {
    Complaints found;
    auto const add = [&found](std::optional<std::string> hindrance) {
        if (hindrance) found.push_back(std::move(*hindrance));
    };
    if (is_data_dir_known) add(store::find_mount_hindrance(config.key_file()));
    auto const place = config.store_place();
    if (is_store_known)
        add(place.kind == instance::StoreKind::kUsersJson ? store::find_replace_hindrance(place.file) : store::find_mount_hindrance(place.file));
    return found;
}

/// A store that keys have been used with must be there.
store::OpenMode store_mode(Config const& config, bool is_data_dir_known) {
    if (!is_data_dir_known) return store::OpenMode::kExisting;
    auto const keys = store::load_key_file(config.key_file());
    bool const is_required = keys && instance::open_mode_for(keys->use, false) == store::OpenMode::kRequired;
    return is_required ? store::OpenMode::kRequired : store::OpenMode::kExisting;
}

}  // namespace

std::vector<std::string> find_faults(Reading reading) {
    auto faults = std::move(reading.complaints);
    auto const& config = reading.config;
    bool const is_data_dir_known = !reading.unsure.contains("data_dir");
    bool const is_store_known = !reading.unsure.contains("store") && (is_data_dir_known || config.store.find("<data_dir>") == std::string::npos);

    if (is_data_dir_known) append(faults, store::find_key_file_faults(config.key_file()));
    if (is_store_known) append(faults, instance::find_store_faults(config.store_place(), store_mode(config, is_data_dir_known)));
    append(faults, find_hindrances(config, is_data_dir_known, is_store_known));
    if (auto fault = judge_identity(config.server.tls)) faults.push_back(std::move(*fault));
    append(faults, find_route_faults(reading));
    if (is_data_dir_known) append(faults, instance::find_data_dir_faults(config.data_dir));
    return faults;
}

std::vector<std::string> find_warnings(Reading const& reading, Overrides const& overrides) {
    std::vector<std::string> warnings;
    for (auto const& variable : ignored_variables(overrides))
        if (variable.is_of_service) warnings.push_back(shown(variable.name) + ": " + std::string{variable.why});
    if (reading.complaints.empty()) append(warnings, find_useless_settings(reading.config));
    return warnings;
}

}  // namespace warder::app
