// SPDX-License-Identifier: MIT
#include "app/data_dir.hpp"

#include "app/open_store.hpp"
#include "store/key_file.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace warder::app {
namespace {

std::string because(std::filesystem::path const& path, std::string_view what) {
    auto const number = errno;
    return path.string().append(": ").append(what).append(": ").append(std::strerror(number));
}

}  // namespace

std::optional<std::string> judge_data_dir(std::filesystem::path const& data_dir) {
    struct stat facts{};
    if (::stat(data_dir.c_str(), &facts) != 0) return because(data_dir, "the data dir can't be examined");
    if (!S_ISDIR(facts.st_mode)) return data_dir.string() + ": the data dir is no folder";
    if ((facts.st_mode & 0077U) != 0) return data_dir.string() + ": others may look into the data dir: run chmod 700 on it";
    return std::nullopt;
}

std::expected<DataDirLock, std::string> DataDirLock::acquire(std::filesystem::path const& data_dir) {
    if (::mkdir(data_dir.c_str(), 0700) != 0 && errno != EEXIST) return std::unexpected{because(data_dir, "the data dir can't be made")};
    if (auto const fault = judge_data_dir(data_dir)) return std::unexpected{*fault};

    DataDirLock lock{::open((data_dir / "warder.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
    if (lock.descriptor_ < 0) return std::unexpected{because(data_dir, "the data dir can't be written")};
    if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) return std::unexpected{data_dir.string() + ": another server uses this data dir"};
    return lock;
}

DataDirLock::DataDirLock(DataDirLock&& other) noexcept : descriptor_{std::exchange(other.descriptor_, -1)} {}

DataDirLock::~DataDirLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::expected<crypto::KeyRing, std::string> load_or_make_keys(Config const& config, Random& random, Clock const& clock) {
    auto const path = config.key_file();
    auto loaded = store::load_key_ring(path);
    if (loaded) return std::move(*loaded);
    if (!loaded.error().is_missing) return std::unexpected{loaded.error().message};
    // A store without its keys is half a backup: fresh keys would make all of its tokens worthless without a word.
    if (has_store(config)) return std::unexpected{loaded.error().message + ", but there is a store: restore the key file from a backup"};

    auto ring = crypto::KeyRing::make(random, std::chrono::floor<std::chrono::seconds>(clock.now()));
    if (auto const saved = store::save_key_ring(path, ring); !saved) return std::unexpected{saved.error().message};
    return ring;
}

std::filesystem::path initial_password_file(Config const& config) { return config.data_dir / "initial-admin-password"; }

std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password) {
    auto const path = initial_password_file(config);
    ::unlink(path.c_str());
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return std::unexpected{because(path, "it can't be written")};
    auto const text = password.view();
    bool const is_written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::write(file, "\n", 1) == 1 && ::fsync(file) == 0;
    auto const fault = because(path, "it can't be written");
    ::close(file);
    if (!is_written) return std::unexpected{fault};
    return {};
}

}  // namespace warder::app
