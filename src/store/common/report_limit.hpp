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

/// Lets one report a minute through for each cause, since clients set the pace of what is refused. Any thread may call it.
class ReportLimit {
  public:
    /// @param cause  one of a few words of ours.
    /// @return how many reports of this cause were held back since the last one; nothing if this one is to be held back, too.
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
