// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

/// The one strict reader of a request's head. Pure: bytes in, request out, or why not.
namespace warder::http {

struct Request;

inline constexpr std::size_t kMaxHead = 16 * 1024;  ///< Request line and headers, the blank line included.
inline constexpr std::size_t kMaxFields = 64;
inline constexpr std::size_t kMaxBody = 64 * 1024;

/// What the head says about the message, and nothing about what is asked for.
struct HeadFacts {
    std::optional<std::uint64_t> content_length;  ///< A number too large to hold is the largest that can be held.
    bool is_chunked = false;
    bool keeps_alive = false;
    bool expects_continue = false;
    int minor_version = 1;  ///< 0 or 1.
};

/// Why a head is refused; the connection ends with it.
struct HeadRefusal {
    unsigned status;
    std::string_view slug;
    std::string_view sentence;
};

/// Reads a head from the request line to the blank line (RFC 9112), in one pass: no bare CR or LF, no obs-fold, no space before a colon, one Host in
/// HTTP/1.1, one way of telling the body's length, a target whose authority is Host's. Any thread may call it.
/// @param request  gets method, target and fields as views of the head, as far as it could be read. Its body stays.
[[nodiscard]] std::expected<HeadFacts, HeadRefusal> read_head(std::string_view head, Request& request) noexcept;

/// Finds the end of a head in bytes that arrive bit by bit; each byte is looked at once.
class HeadScanner {
  public:
    enum class State : std::uint8_t { kIncomplete, kComplete, kBareLineEnd, kTooLarge };

    /// @param limit  what is as long is too large.
    explicit HeadScanner(std::size_t limit = kMaxHead) noexcept : limit_{limit} {}

    /// @param bytes  everything received since the first byte of the head, of which earlier calls have seen a prefix.
    State scan(std::string_view bytes) noexcept;
    /// Length of the head with its blank line, once complete.
    [[nodiscard]] std::size_t length() const noexcept { return line_start_; }
    void restart() noexcept { line_start_ = seen_ = 0; }

  private:
    std::size_t limit_;
    std::size_t line_start_ = 0;
    std::size_t seen_ = 0;
};

/// The refusals that are not `read_head`'s.
inline constexpr HeadRefusal kHeadTooLarge{431, "headers_too_large", "The request line and headers may be 16 KiB and 64 fields at most."};
inline constexpr HeadRefusal kBareLineEnd{400, "bad_request", "A line of the request's head does not end with CR LF."};

}  // namespace warder::http
