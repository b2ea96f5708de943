// SPDX-License-Identifier: MIT
#include "app/commands/store_size.hpp"

#include "files/posix_file.hpp"

#include <filesystem>
#include <system_error>

namespace warder::app {
namespace {

std::uint64_t size_or_zero(std::filesystem::path const& file) {
    std::error_code none;
    auto const size = std::filesystem::file_size(file, none);
    return none ? 0 : size;
}

}  // namespace

std::uint64_t store_size(store::StoreUrl const& url) {
    auto const* const file = store::file_of(url);
    return file == nullptr ? 0 : size_or_zero(*file) + size_or_zero(files::with_suffix(*file, "-wal"));
}

}  // namespace warder::app
