// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::http {

/// Incremental, strict parser of a chunked body (RFC 9112 §7.1). Extensions and trailers must be well-formed and are
/// discarded.
///
/// Anything that two parsers could read as different lengths is invalid: a line that ends with LF alone, a CR or LF
/// inside a quoted extension value, a folded trailer.
class ChunkReader {
  public:
    enum class State : std::uint8_t { kIncomplete, kComplete, kInvalid, kTooLarge };
    struct Read {
        State state;
        std::size_t used;  ///< Number of leading bytes that were consumed.
    };

    /// @param limit  maximum total size of the data, in bytes.
    explicit ChunkReader(std::uint64_t limit) noexcept : remaining_{limit} {}

    /// Parses as much of `bytes` as possible and appends the chunk data to `body`.
    ///
    /// To bound overhead, extensions, trailers and chunk-size digits beyond 16 may total at most `kMaxHead` bytes; each
    /// byte of data offsets one byte of overhead that came before it. A stream may therefore be endless, but not
    /// without carrying data.
    /// @param bytes  input that follows the bytes consumed by earlier calls.
    [[nodiscard]] Read read(std::string_view bytes, std::string& body);

  private:
    enum class Part : std::uint8_t { kSize, kData, kDataEnd, kTrailer };

    State read_line(std::string_view line);
    State read_size(std::string_view line);
    State take_data(std::string_view& rest, std::string& body);

    Part part_ = Part::kSize;
    std::uint64_t remaining_;  ///< Bytes of data that later chunks may still carry.
    std::uint64_t left_ = 0;   ///< Bytes left in the current chunk.
    std::size_t extra_ = 0;    ///< Overhead so far: bytes that are neither data nor chunk size, minus what data has offset.
};

}  // namespace warder::http
