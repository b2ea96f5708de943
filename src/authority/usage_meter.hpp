// SPDX-License-Identifier: MIT
#pragma once

#include "warder/error.hpp"
#include "warder/token.hpp"
#include "warder/verifier.hpp"

#include <cstdint>

namespace warder::index {
class Registry;
}  // namespace warder::index

namespace warder {
class Random;
}

namespace warder::authority {

class Store;

/// Counts the uses of tokens in memory and saves the counts to the store from time to time. Any thread may call any
/// method.
class UsageMeter {
  public:
    /// @param registry  holds the counts; must outlive this object.
    UsageMeter(index::Registry const& registry, Random& random);

    /// Counts a request with this token, which was just verified. Takes no lock, never waits, and makes no system call.
    /// @param from  the client's address.
    void note(VerifiedToken const& token, IpAddress const& from) const noexcept;

    /// Returns the number of flushes so far. Call it before reading from the store, and pass it to `complete`.
    [[nodiscard]] std::uint32_t flushes() const noexcept;
    /// Adds to a token read from the store the uses that were counted here and not yet stored at that time.
    /// @param flushes  from before the store was read.
    void complete(TokenRecord& token, std::uint32_t flushes) const;

    /// Saves the counts, a few hundred tokens per commit, so that other writes don't wait long. Counts that can't be
    /// saved are kept for the next time. Does nothing if the store keeps no uses. Blocks. Call it from one thread at a
    /// time, and never from the store's.
    Result<void> save(Store& store) const;

  private:
    index::Registry const* registry_;
    std::int64_t run_;
};

}  // namespace warder::authority
