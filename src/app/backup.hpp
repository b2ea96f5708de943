// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "store/sqlite/backup.hpp"

#include <expected>
#include <filesystem>
#include <string>

namespace warder::app {

/// Makes the folder (0700) with what the store holds now and the keys that its tokens need, durable; `serve --data-dir` on it is the server as it is
/// now. A server and commands may be at work; those that change the keys wait. There is no such folder before all of it is written: until then it
/// has another name that starts with this one and ".partial-", which stays behind only if the process is killed.
/// @param folder  must not be there, but its parent must. @return how much was written, else a sentence.
[[nodiscard]] std::expected<store::Contents, std::string> make_backup(Config const& config, std::filesystem::path folder);

}  // namespace warder::app
