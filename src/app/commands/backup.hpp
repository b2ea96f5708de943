// SPDX-License-Identifier: MIT
#pragma once

#include "app/config/config.hpp"
#include "cli/command_line.hpp"
#include "store/sqlite/backup.hpp"

#include <expected>
#include <filesystem>
#include <string>

namespace warder::app {

/// Creates a directory (0700) with the current content of the store and the keys that its tokens need, durably. `serve
/// --data-dir` with this directory starts a copy of the server. A server and commands may be running; commands that
/// change the keys wait. Until the backup is complete its directory is named `directory` plus ".partial-" and six random
/// characters; it is left behind only if the process is killed.
/// @param directory  must not exist, but its parent must.
/// @param errors     how they are printed, and so whether progress may be shown among them.
/// @return how much was copied, or the reason of the failure as a sentence.
[[nodiscard]] std::expected<store::Contents, std::string> make_backup(Config const& config, std::filesystem::path directory, cli::ErrorFormat errors);

/// Declares `warder backup`.
void declare_backup(cli::CommandLine const& program);

}  // namespace warder::app
