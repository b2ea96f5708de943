// SPDX-License-Identifier: MIT
#include "files/posix_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace warder::files {

File::File(std::filesystem::path const& path, int flags)
    : descriptor_{uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, 0600); })}, error_{descriptor_ < 0 ? errno : 0} {}

File::~File() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::filesystem::path parent_of(std::filesystem::path const& path) {
    return path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
}
std::filesystem::path with_suffix(std::filesystem::path path, std::string_view suffix) { return path += suffix; }

int read_all(int descriptor, std::string& text) {
    std::size_t size = 0;
    while (size < text.size()) {
        auto const count = uninterrupted([&] { return ::read(descriptor, text.data() + size, text.size() - size); });
        if (count < 0) return errno;
        if (count == 0) {
            text.resize(size);
            return 0;
        }
        size += static_cast<std::size_t>(count);
    }
    return EFBIG;
}

int write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        auto const count = uninterrupted([&] { return ::write(descriptor, text.data(), text.size()); });
        if (count < 0) return errno;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return 0;
}

int sync(int descriptor) {
    return uninterrupted([&] { return ::fsync(descriptor); }) == 0 ? 0 : errno;
}

int sync_parent_of(std::filesystem::path const& path) {
    File const directory{parent_of(path), O_RDONLY | O_DIRECTORY};
    return directory.error() != 0 ? directory.error() : sync(directory.get());
}

int chown_to_parent_owner(File const& file, std::filesystem::path const& path) {
    if (::geteuid() != 0) return 0;
    struct stat directory{};
    if (::stat(parent_of(path).c_str(), &directory) != 0) return errno;
    return ::fchown(file.get(), directory.st_uid, directory.st_gid) == 0 ? 0 : errno;
}

bool is_owner_trusted(std::filesystem::path const& path, uid_t owner) {
    if (owner == ::geteuid() || owner == 0) return true;
    struct stat directory{};
    return ::geteuid() == 0 && ::stat(parent_of(path).c_str(), &directory) == 0 && directory.st_uid == owner;
}

}  // namespace warder::files
