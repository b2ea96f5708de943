// SPDX-License-Identifier: MIT
#pragma once

#include "store/users_json/file_port.hpp"

#include <cerrno>
#include <filesystem>
#include <memory>
#include <string_view>

namespace warder::tests {

/// Counts the steps that change files, in the order in which they are requested, and says which of them fail. Shared
/// with the port that a store owns.
struct FaultPlan {
    int steps = 0;        ///< Requested so far.
    int fails_from = -1;  ///< The first step that fails.
    int fails_until = 0;  ///< The first step after it that succeeds.
    int number = EIO;     ///< The `errno` of the failure.

    [[nodiscard]] bool next_fails() {
        auto const step = steps++;
        return fails_from >= 0 && step >= fails_from && step < fails_until;
    }
};

/// The real file system with failing steps: a failing write stops in the middle, and any other failing step has no
/// effect.
class FaultyFiles final : public store::FilePort {
  public:
    explicit FaultyFiles(std::shared_ptr<FaultPlan> plan) : plan_{std::move(plan)} {}

    store::FileResult<std::unique_ptr<Lock>> lock(std::filesystem::path const& path) override {
        if (plan_->next_fails()) return fail("locking");
        return real_->lock(path);
    }
    store::FileResult<store::FileVersion> version_at(std::filesystem::path const& path) override { return real_->version_at(path); }
    store::FileResult<store::FileContent> read(std::filesystem::path const& path) override { return real_->read(path); }
    store::FileResult<store::FileVersion> write(std::filesystem::path const& path, std::string_view text) override {
        if (!plan_->next_fails()) return real_->write(path, text);
        static_cast<void>(real_->write(path, text.substr(0, text.size() / 2)));
        return fail("writing");
    }
    store::FileResult<void> sync(store::FileVersion const& version) override {
        if (plan_->next_fails()) return fail("syncing");
        return real_->sync(version);
    }
    store::FileResult<void> link(std::filesystem::path const& from, std::filesystem::path const& to) override {
        if (plan_->next_fails()) return fail("linking");
        return real_->link(from, to);
    }
    store::FileResult<void> rename(std::filesystem::path const& from, std::filesystem::path const& to) override {
        if (plan_->next_fails()) return fail("renaming");
        return real_->rename(from, to);
    }
    store::FileResult<void> sync_directory(std::filesystem::path const& path) override {
        if (plan_->next_fails()) return fail("syncing the directory");
        return real_->sync_directory(path);
    }
    void remove(std::filesystem::path const& path) noexcept override { real_->remove(path); }
    store::FileResult<store::FileVersion> open(std::filesystem::path const& path) override { return real_->open(path); }
    store::FileResult<store::FileVersion> append(std::filesystem::path const& path, std::string_view text) override {
        if (!plan_->next_fails()) return real_->append(path, text);
        static_cast<void>(real_->append(path, text.substr(0, text.size() / 2)));
        return fail("appending");
    }
    store::FileResult<void> truncate(std::filesystem::path const& path, std::int64_t size) override {
        if (plan_->next_fails()) return fail("cutting");
        return real_->truncate(path, size);
    }
    store::FileResult<store::FileVersion> write_tail(std::filesystem::path const& path, std::string_view head, store::FileVersion const& from,
                                                     std::int64_t offset) override {
        if (plan_->next_fails()) return fail("copying");
        return real_->write_tail(path, head, from, offset);
    }

  private:
    [[nodiscard]] std::unexpected<store::FileError> fail(std::string_view doing) const {
        return std::unexpected{store::FileError{.doing = doing, .number = plan_->number}};
    }

    std::shared_ptr<FaultPlan> plan_;
    std::unique_ptr<store::FilePort> real_ = store::make_file_port();
};

}  // namespace warder::tests
