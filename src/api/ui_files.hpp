// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

/// The files of web/, as the build put them into the binary.
namespace warder::api {

struct UiFile {
    std::string_view name;  ///< Relative to web/.
    std::string_view content_type;
    std::string_view plain;
    std::string_view gzipped;
};

[[nodiscard]] std::span<UiFile const> ui_files() noexcept;

/// A hash over all names and contents: what the paths of all files but index.html begin with, so that a new version is never mixed with an old one.
[[nodiscard]] std::string_view ui_version() noexcept;

}  // namespace warder::api
