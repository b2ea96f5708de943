// SPDX-License-Identifier: MIT
#include "runtime/keys/key_ring_reloader.hpp"

#include "core/try.hpp"

#include <utility>

namespace warder::runtime {

KeyRingReloader::KeyRingReloader(std::filesystem::path file, index::KeyRingHandle& keys) : file_{std::move(file)}, keys_{&keys} {}

std::expected<void, std::string> KeyRingReloader::reload() {
    std::lock_guard const lock{mutex_};
    return read_locked();
}

std::expected<void, std::string> KeyRingReloader::reload_if_changed() {
    std::lock_guard const lock{mutex_};
    if (has_looked_ && identify() == last_) return {};
    return read_locked();
}

std::optional<KeyRingReloader::Identity> KeyRingReloader::identify() const {
    struct stat facts{};
    if (::stat(file_.c_str(), &facts) != 0) return std::nullopt;
    return Identity{.inode = facts.st_ino, .changed = facts.st_mtim};
}

std::expected<void, std::string> KeyRingReloader::read_locked() {
    // The identity is taken first: a file that is replaced during the read is read again next time. A file that can't be
    // read is not read again until it changes.
    last_ = identify();
    has_looked_ = true;
    WARDER_TRY(auto ring, load_key_ring(file_));
    keys_->replace(std::move(ring));
    return {};
}

}  // namespace warder::runtime
