// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace warder::tests {

/// An empty folder of its own (0700) that goes with the object.
class TemporaryFolder {
  public:
    TemporaryFolder() {
        auto path = (std::filesystem::temp_directory_path() / "warder-unit-XXXXXX").string();
        if (mkdtemp(path.data()) == nullptr) std::abort();
        path_ = path;
    }
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    [[nodiscard]] std::filesystem::path const& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

}  // namespace warder::tests
