// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace warder::metrics {

class Exposition;

/// A part of a scrape that can be long and is therefore written in pieces. All samples of a family are read at the same time.
class Section {
  public:
    virtual ~Section() = default;
    /// Appends samples, at least one, until the text has this size or the section ends.
    /// @param out  the same for all pieces of the section. @return whether the section has ended.
    virtual bool append(Exposition& out, std::size_t size) = 0;
};

}  // namespace warder::metrics
