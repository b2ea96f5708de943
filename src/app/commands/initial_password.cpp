// SPDX-License-Identifier: MIT
#include "app/commands/initial_password.hpp"

#include "core/rules.hpp"
#include "crypto/password.hpp"
#include "files/posix_file.hpp"

#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace warder::app {
namespace {

std::string write_failure(std::filesystem::path const& path, int error) { return path.string() + ": can't be written: " + std::strerror(error); }

}  // namespace

std::filesystem::path initial_password_file(Config const& config) { return config.data_dir / "initial-admin-password"; }

std::expected<void, std::string> write_initial_password(Config const& config, crypto::Secret const& password) {
    auto const path = initial_password_file(config);
    ::unlink(path.c_str());
    files::File const file{path, O_WRONLY | O_CREAT | O_EXCL};
    auto error = file.error();
    if (error == 0) error = files::write_all(file.get(), password.view());
    if (error == 0) error = files::write_all(file.get(), "\n");
    if (error == 0) error = files::sync(file.get());
    if (error != 0) return std::unexpected{write_failure(path, error)};
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
