// SPDX-License-Identifier: MIT
#include "app/initial_password.hpp"

#include "core/rules.hpp"
#include "crypto/password.hpp"
#include "files/posix_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

namespace warder::app {
namespace {

std::string write_failure(std::filesystem::path const& path, int error) { return path.string() + ": can't be written: " + std::strerror(error); }

}  // namespace

std::filesystem::path initial_password_file(Config const& config) { return config.data_dir / "initial-admin-password"; }

std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password) {
    auto const path = initial_password_file(config);
    ::unlink(path.c_str());
    int const file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) return std::unexpected{write_failure(path, errno)};
    auto const text = password.view();
    bool const is_written =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::write(file, "\n", 1) == 1 && ::fsync(file) == 0;
    auto const error = is_written ? 0 : errno;
    ::close(file);
    if (!is_written) return std::unexpected{write_failure(path, error)};
    return {};
}

bool is_initial_password(std::filesystem::path const& file, std::string_view hash) {
    files::File const opened{file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK};
    if (opened.error() != 0) return false;
    std::string text(core::kMaxPassword + 2, '\0');
    crypto::WipeAtEnd const wiped{text};
    if (files::read_all(opened.get(), text) != 0 || !text.ends_with('\n')) return false;
    // If there is too little memory to compare them, the file is kept.
    return crypto::matches(crypto::Secret{std::string_view{text}.substr(0, text.size() - 1)}, hash) != crypto::Match::kNo;
}

}  // namespace warder::app
