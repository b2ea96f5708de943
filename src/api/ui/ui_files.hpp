// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>

/// A file of web/, embedded in the binary by the build.
namespace warder::api {

struct UiFile {
    std::string_view name;  ///< Relative to web/.
    std::string_view content_type;
    std::string_view plain;
    std::string_view gzipped;
};

[[nodiscard]] std::span<UiFile const> ui_files() noexcept;

/// Returns a hash over all names and contents. The paths of all files except index.html begin with it, so that two
/// versions never mix.
[[nodiscard]] std::string_view ui_version() noexcept;

}  // namespace warder::api
