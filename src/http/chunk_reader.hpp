// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::http {

/// Reads a chunked body strictly (RFC 9112 §7.1), as its bytes arrive. Extensions and trailers must be well-formed and are dropped.
///
/// What two readers could take for different lengths is bad: a line that ends with LF alone, a CR or LF inside a quoted extension, a folded trailer.
class ChunkReader {
  public:
    enum class State : std::uint8_t { kIncomplete, kComplete, kInvalid, kTooLarge };
    struct Read {
        State state;
        std::size_t used;  ///< Bytes of the front that are done with.
    };

    /// @param limit  how many bytes of data there may be in all.
    explicit ChunkReader(std::uint64_t limit) noexcept : room_{limit} {}

    /// @param bytes  what follows on what earlier calls used. @param body  gets the data that is in them.
    /// Extensions, trailers and what a size has beyond 16 digits are `kMaxHead` bytes at most in all. A byte of data makes up for one before it: a
    /// stream may go on for ever, but not with nothing.
    [[nodiscard]] Read read(std::string_view bytes, std::string& body);

  private:
    enum class Place : std::uint8_t { kSize, kData, kDataEnd, kTrailer };

    State read_line(std::string_view line);
    State read_size(std::string_view line);
    State take_data(std::string_view& rest, std::string& body);

    Place place_ = Place::kSize;
    std::uint64_t room_;      ///< For the data of chunks to come.
    std::uint64_t left_ = 0;  ///< Of the chunk's data.
    std::size_t extra_ = 0;   ///< Bytes so far that neither are data nor say its length, as far as data doesn't make up for them.
};

}  // namespace warder::http
