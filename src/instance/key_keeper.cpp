// SPDX-License-Identifier: MIT
#include "instance/key_keeper.hpp"

#include <utility>

namespace warder::instance {

KeyKeeper::KeyKeeper(std::filesystem::path file, authority::KeyRingHolder& keys) : file_{std::move(file)}, keys_{&keys} {}

std::expected<void, store::KeyFileError> KeyKeeper::read_again() {
    std::lock_guard const lock{mutex_};
    return read_locked();
}

std::expected<void, store::KeyFileError> KeyKeeper::read_if_changed() {
    std::lock_guard const lock{mutex_};
    if (has_looked_ && look() == last_) return {};
    return read_locked();
}

std::optional<KeyKeeper::Identity> KeyKeeper::look() const {
    struct stat facts{};
    if (::stat(file_.c_str(), &facts) != 0) return std::nullopt;
    return Identity{.inode = facts.st_ino, .changed = facts.st_mtim};
}

std::expected<void, store::KeyFileError> KeyKeeper::read_locked() {
    // Looked at first: a file that is replaced meanwhile is read once more the next time. One that can't be read is not read again until it changes.
    last_ = look();
    has_looked_ = true;
    auto ring = store::load_key_ring(file_);
    if (!ring) return std::unexpected{std::move(ring.error())};
    keys_->replace(std::move(*ring));
    return {};
}

}  // namespace warder::instance
