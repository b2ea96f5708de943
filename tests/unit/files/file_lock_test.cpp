// SPDX-License-Identifier: MIT
#include "files/file_lock.hpp"

#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <optional>

namespace warder::files {
namespace {

class FileLockTest : public testing::Test {
  protected:
    /// Each call opens the file anew, as another process would.
    [[nodiscard]] std::expected<FileLock, int> lock(std::optional<std::chrono::milliseconds> timeout) const {
        return FileLock::acquire(File{directory_.path() / "lock", O_RDWR | O_CREAT}, timeout);
    }

    warder::tests::TemporaryDirectory directory_;
};

TEST_F(FileLockTest, IsExclusiveUntilItIsDestroyed) {
    std::optional<FileLock> held{lock(std::nullopt).value()};
    auto const second = lock(std::chrono::milliseconds{0});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), EWOULDBLOCK);
    held.reset();
    EXPECT_TRUE(lock(std::chrono::milliseconds{0}).has_value());
}

TEST_F(FileLockTest, IsAcquiredAfterTheFailureOfATimeout) {
    std::optional<FileLock> held{lock(std::nullopt).value()};
    EXPECT_FALSE(lock(std::chrono::milliseconds{5}).has_value());
    held.reset();
    EXPECT_TRUE(lock(std::chrono::milliseconds{5}).has_value());
}

}  // namespace
}  // namespace warder::files
