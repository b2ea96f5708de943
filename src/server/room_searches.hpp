// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace warder::server {

/// The searches for an idle connection that are in progress on all workers. Thread-safe.
///
/// A search that found nothing is conclusive only if no other search overlapped it: the connection for which the other
/// one made room may have become idle on a worker that had already answered.
class RoomSearches {
  public:
    /// A search counts as long as it exists. It may be repeated.
    class Search {
      public:
        explicit Search(RoomSearches& all) noexcept : all_{&all} { ++all.begun_; }
        Search(Search const&) = delete;
        Search& operator=(Search const&) = delete;
        ~Search() { ++all_->ended_; }

        /// Begins the first attempt or the next one.
        void begin_attempt() noexcept {
            begun_ = all_->begun_.load();
            overlaps_earlier_ = begun_ - all_->ended_.load() > 1;
        }
        /// Returns whether any other search has been in progress since the attempt began.
        [[nodiscard]] bool is_overlapped() const noexcept { return overlaps_earlier_ || all_->begun_.load() != begun_; }

      private:
        RoomSearches* all_;
        std::uint64_t begun_ = 0;
        bool overlaps_earlier_ = false;
    };

  private:
    std::atomic<std::uint64_t> begun_{0};
    std::atomic<std::uint64_t> ended_{0};
};

}  // namespace warder::server
