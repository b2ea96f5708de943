// SPDX-License-Identifier: MIT
#include "app/check.hpp"

#include "app/data_dir.hpp"
#include "app/open_store.hpp"
#include "log/log.hpp"
#include "store/key_file.hpp"

#include <utility>

namespace warder::app {

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
    if (is_data_dir_known)
        if (auto fault = judge_data_dir(config.data_dir)) faults.push_back(std::move(*fault));
    return faults;
}

}  // namespace warder::app
