// SPDX-License-Identifier: MIT
#include "files/file_draft.hpp"

#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace warder::files {
namespace {

class FileDraftTest : public testing::Test {
  protected:
    [[nodiscard]] std::string content() const {
        std::ostringstream text;
        text << std::ifstream{path_}.rdbuf();
        return text.str();
    }

    warder::tests::TemporaryDirectory directory_;
    std::filesystem::path path_ = directory_.path() / "file";
    std::filesystem::path draft_path_ = directory_.path() / "file.new";
};

TEST_F(FileDraftTest, ReplacesTheFileOnlyWhenItIsRenamed) {
    ASSERT_EQ(replace_file(path_, "old"), 0);
    auto draft = FileDraft::write(path_, "new");
    ASSERT_TRUE(draft.has_value());
    EXPECT_EQ(content(), "old");
    EXPECT_EQ(draft->rename(), 0);
    EXPECT_EQ(content(), "new");
    EXPECT_FALSE(std::filesystem::exists(draft_path_));
}

TEST_F(FileDraftTest, IsRemovedIfItIsNotRenamed) {
    ASSERT_EQ(replace_file(path_, "old"), 0);
    {
        auto const draft = FileDraft::write(path_, "new");
        ASSERT_TRUE(draft.has_value());
        EXPECT_TRUE(std::filesystem::exists(draft_path_));
    }
    EXPECT_FALSE(std::filesystem::exists(draft_path_));
    EXPECT_EQ(content(), "old");
}

TEST_F(FileDraftTest, ReplacesADraftThatACrashLeftBehind) {
    std::ofstream{draft_path_} << "half of a dra";
    EXPECT_EQ(replace_file(path_, "whole"), 0);
    EXPECT_EQ(content(), "whole");
}

TEST_F(FileDraftTest, IsAccessibleOnlyToItsOwner) {
    ASSERT_EQ(replace_file(path_, "secret"), 0);
    EXPECT_EQ(std::filesystem::status(path_).permissions() & std::filesystem::perms::mask,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(FileDraftTest, FailsWithoutALeftoverIfTheDirectoryIsMissing) {
    EXPECT_EQ(replace_file(directory_.path() / "missing" / "file", "text"), ENOENT);
}

}  // namespace
}  // namespace warder::files
