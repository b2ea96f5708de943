// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/key_ring.hpp"
#include "instance/place.hpp"
#include "warder/ports.hpp"

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace warder::instance {

/// The data dir, held by one server at a time. Released on destruction, and by the kernel when the process ends however it ends.
class DataDirLock {
  public:
    /// Makes the folder (0700) if it isn't there; refuses one that others may look into, and one that another server holds.
    static std::expected<DataDirLock, std::string> acquire(std::filesystem::path const& data_dir);
    DataDirLock(DataDirLock&& other) noexcept;
    DataDirLock& operator=(DataDirLock&&) = delete;
    ~DataDirLock();

  private:
    explicit DataDirLock(int descriptor) : descriptor_{descriptor} {}
    int descriptor_;
};

/// What is wrong with the folder, if anything: it must be one, and nobody else may look into it.
std::optional<std::string> judge_data_dir(std::filesystem::path const& data_dir);

/// Everything that is wrong with the folder and with what a server and commands leave there beside keys and store, a sentence each.
std::vector<std::string> find_data_dir_faults(std::filesystem::path const& data_dir);

/// The key ring of the data dir, whose lock is held; a fresh one where there is neither a key file nor a store whose tokens would need it.
std::expected<crypto::KeyRing, std::string> load_or_make_keys(std::filesystem::path const& data_dir, StorePlace const& store, Random& random,
                                                              Clock const& clock);

}  // namespace warder::instance
