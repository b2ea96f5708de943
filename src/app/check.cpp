// SPDX-License-Identifier: MIT
#include "app/check.hpp"

#include "app/data_dir.hpp"
#include "app/open_store.hpp"
#include "log/log.hpp"
#include "store/key_file.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace warder::app {

namespace {

/// What is wrong with the certificate and its key, if there are any.
std::optional<std::string> judge_identity(http::TlsFiles const& files) {
    if (files.certificate.empty() || files.key.empty()) return std::nullopt;
    auto const identity = http::TlsIdentity::read(files);
    if (!identity) return identity.error();
    if ((*identity)->expires_at() > std::chrono::system_clock::now()) return std::nullopt;
    return files.certificate.native() + ": the TLS certificate has expired: put a new one there and send SIGHUP to the server";
}

}  // namespace

std::vector<std::string> find_faults(Reading reading) {
    auto faults = std::move(reading.complaints);
    auto const& config = reading.config;
    bool const is_data_dir_known = !reading.unsure.contains("data_dir");
    bool const is_store_known = !reading.unsure.contains("store") && (is_data_dir_known || config.store.find("<data_dir>") == std::string::npos);

    if (is_data_dir_known)
        if (auto const ring = store::load_key_ring(config.key_file()); !ring) faults.push_back(ring.error().message);
    if (is_store_known) {
        log::Logger log{log::Level::kNone, config.log_format};
        if (auto const store = open_store(config, store::OpenMode::kExisting, nullptr, log); !store) faults.push_back(store.error().message);
    }
    if (auto fault = judge_identity(config.server.tls)) faults.push_back(std::move(*fault));
    if (is_data_dir_known)
        if (auto fault = judge_data_dir(config.data_dir)) faults.push_back(std::move(*fault));
    return faults;
}

}  // namespace warder::app
