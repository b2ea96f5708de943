// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <filesystem>
#include <string_view>
#include <utility>

namespace warder::files {

/// The new content of a file, written durably next to it. Renaming it replaces the file atomically: readers, and a crash at
/// any time, see the old content or the new one.
class FileDraft {
  public:
    /// Writes the content to `path` with the suffix `.new`, accessible only to the owner of its directory. Replaces a
    /// draft that a crash left behind.
    /// @return the draft, or an `errno`; then there is no draft.
    static std::expected<FileDraft, int> write(std::filesystem::path const& path, std::string_view text);
    FileDraft(FileDraft&& other) noexcept : path_{std::move(other.path_)}, draft_{std::exchange(other.draft_, {})} {}
    FileDraft& operator=(FileDraft&&) = delete;
    /// Removes the draft unless it was renamed.
    ~FileDraft();

    /// Gives the draft its final name. Durable only after `sync_parent_of`. @return 0, or an `errno`.
    [[nodiscard]] int rename();

  private:
    explicit FileDraft(std::filesystem::path const& path);
    std::filesystem::path path_;
    std::filesystem::path draft_;  ///< Empty after it was renamed.
};

/// Replaces a file atomically and durably, or creates it. @return 0, or an `errno`.
[[nodiscard]] int replace_file(std::filesystem::path const& path, std::string_view text);

}  // namespace warder::files
