// SPDX-License-Identifier: MIT
#pragma once

#include "app/config.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/secret.hpp"
#include "warder/ports.hpp"

#include <expected>
#include <string>

namespace warder::app {

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

/// The key ring of the data dir; a fresh one where there is neither a key file nor a store whose tokens would need it.
std::expected<crypto::KeyRing, std::string> load_or_make_keys(Config const& config, Random& random, Clock const& clock);

/// Where the password of a first start is left if no terminal can show it; removed once it is changed.
std::filesystem::path initial_password_file(Config const& config);
std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password);

}  // namespace warder::app
