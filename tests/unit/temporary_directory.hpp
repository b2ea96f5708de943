// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace warder::tests {

/// An empty temporary directory (mode 0700), which is removed with the object.
class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        auto path = (std::filesystem::temp_directory_path() / "warder-unit-XXXXXX").string();
        if (mkdtemp(path.data()) == nullptr) std::abort();
        path_ = path;
    }
    TemporaryDirectory(TemporaryDirectory const&) = delete;
    TemporaryDirectory& operator=(TemporaryDirectory const&) = delete;
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace warder::tests
