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

/// Counts the uses of tokens in memory, and brings what it has counted to the store from time to time. Any thread may call any method.
class UsageMeter {
  public:
    /// @param registry  where the counts lie; outlives this.
    UsageMeter(index::Registry const& registry, Random& random);

    /// A request presented this token, which was just found valid. Takes no lock, waits for nobody and makes no system call.
    /// @param from  the client's address.
    void note(VerifiedToken const& token, IpAddress const& from) const noexcept;

    /// To be asked before the store is, for `complete`.
    [[nodiscard]] std::uint32_t savings() const noexcept;
    /// Adds to a token, as the store had it, what was counted here and wasn't stored then. @param savings  from before the store was asked.
    void complete(TokenRecord& token, std::uint32_t savings) const;

    /// Brings what was counted to the store, some hundred tokens a commit, so that others don't wait long in between. Blocks. What can't be stored
    /// stays counted, for the next time. By one thread at a time, and never the store's. A store that keeps no uses is left alone.
    Result<void> save(Store& store) const;

  private:
    index::Registry const* registry_;
    std::int64_t run_;
};

}  // namespace warder::authority
