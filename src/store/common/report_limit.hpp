// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace warder::store {

/// Limits log messages to one per minute and cause, since clients can cause failures at any rate. Thread-safe.
class ReportLimit {
  public:
    /// Decides whether to log now.
    /// @param cause  one of a few fixed strings of Warder itself; each is remembered.
    /// @return the number of messages of this cause that were suppressed since the last one; nullopt if this one must
    /// be suppressed too.
    std::optional<std::int64_t> admit(std::string_view cause) {
        auto const now = std::chrono::steady_clock::now();
        std::scoped_lock const lock{mutex_};
        auto const [known, is_new] = causes_.try_emplace(std::string{cause});
        auto& [last, held_back] = known->second;
        if (!is_new && now < last + std::chrono::minutes{1}) {
            ++held_back;
            return std::nullopt;
        }
        last = now;
        return std::exchange(held_back, 0);
    }

  private:
    struct Reports {
        std::chrono::steady_clock::time_point last{};
        std::int64_t held_back = 0;
    };
    std::mutex mutex_;
    std::map<std::string, Reports> causes_;
};

}  // namespace warder::store
