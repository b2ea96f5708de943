// SPDX-License-Identifier: MIT
#include "files/file_draft.hpp"

#include "files/posix_file.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace warder::files {

FileDraft::FileDraft(std::filesystem::path const& path) : path_{path}, draft_{with_suffix(path, ".new")} {}

FileDraft::~FileDraft() {
    if (!draft_.empty()) ::unlink(draft_.c_str());
}

std::expected<FileDraft, int> FileDraft::write(std::filesystem::path const& path, std::string_view text) {
    FileDraft draft{path};
    ::unlink(draft.draft_.c_str());
    File const file{draft.draft_, O_WRONLY | O_CREAT | O_EXCL};
    auto error = file.error();
    if (error == 0) error = chown_to_parent_owner(file, draft.draft_);
    if (error == 0) error = write_all(file.get(), text);
    if (error == 0) error = sync(file.get());
    if (error != 0) return std::unexpected{error};
    return draft;
}

int FileDraft::rename() {
    if (::rename(draft_.c_str(), path_.c_str()) != 0) return errno;
    draft_.clear();
    return 0;
}

int replace_file(std::filesystem::path const& path, std::string_view text) {
    auto draft = FileDraft::write(path, text);
    if (!draft) return draft.error();
    if (auto const error = draft->rename(); error != 0) return error;
    return sync_parent_of(path);
}

}  // namespace warder::files
