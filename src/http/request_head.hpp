// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

/// The only parser of request heads. It is strict and pure.
namespace warder::http {

struct Request;

inline constexpr std::size_t kMaxHead = 16 * 1024;  ///< Size limit for the request line and headers, including the blank line, in bytes.
inline constexpr std::size_t kMaxFields = 64;
inline constexpr std::size_t kMaxBody = 64 * 1024;

/// What the head says about message framing and the connection, as opposed to what is requested.
struct HeadFacts {
    std::optional<std::uint64_t> content_length;  ///< A number that does not fit is stored as the largest value that does.
    bool is_chunked = false;
    bool keeps_alive = false;
    bool expects_continue = false;
    int minor_version = 1;  ///< 0 or 1.
};

/// Why a head was rejected; the connection is closed after the response.
struct HeadError {
    unsigned status;
    std::string_view code;
    std::string_view message;
};

/// Parses a head from the request line to the blank line (RFC 9112) in one pass. It requires: no bare CR or LF, no
/// obs-fold, no space before a colon, exactly one Host in HTTP/1.1, one unambiguous body length, and a target whose
/// authority matches Host. Thread-safe.
/// @param request  receives method, target and fields as views of `head`, as far as it could be parsed. Its body is not
/// changed.
[[nodiscard]] std::expected<HeadFacts, HeadError> read_head(std::string_view head, Request& request) noexcept;

/// Finds the end of a head in bytes that arrive in pieces; examines each byte once.
class HeadScanner {
  public:
    enum class State : std::uint8_t { kIncomplete, kComplete, kBareLineEnd, kTooLarge };

    /// @param limit  a head of this many bytes or more is too large.
    explicit HeadScanner(std::size_t limit = kMaxHead) noexcept : limit_{limit} {}

    /// @param bytes  everything received since the first byte of the head; earlier calls saw a prefix of it.
    State scan(std::string_view bytes) noexcept;
    /// Returns the length of the head including its blank line, once complete.
    [[nodiscard]] std::size_t length() const noexcept { return line_start_; }
    void restart() noexcept { line_start_ = seen_ = 0; }

  private:
    std::size_t limit_;
    std::size_t line_start_ = 0;
    std::size_t seen_ = 0;
};

/// Rejections that `HeadScanner` and its callers also report.
inline constexpr HeadError kHeadTooLarge{431, "headers_too_large", "The request head is too large: it may have at most 16 KiB and 64 header fields."};
inline constexpr HeadError kBareLineEnd{400, "bad_request", "A line of the request head does not end with CRLF."};

}  // namespace warder::http
