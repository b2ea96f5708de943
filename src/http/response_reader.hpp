// SPDX-License-Identifier: MIT
#pragma once

#include "http/chunk_reader.hpp"
#include "http/hop_by_hop.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace warder::http {

/// Incremental parser of one response from an upstream: head, then body, with any framing of RFC 9112 §6.3. Never
/// blocks.
///
/// It is more lenient than the request parser where that is safe: folded headers are unfolded, and identical repeated
/// Content-Length headers are accepted. Anything that makes the end of the response ambiguous is invalid: differing
/// lengths, a length together with a transfer coding, a coding other than `chunked`.
class ResponseReader {
  public:
    enum class State : std::uint8_t { kHead, kBody, kComplete, kInvalid };

    /// @param is_to_head  the request was HEAD, so no body follows.
    explicit ResponseReader(bool is_to_head) noexcept;
    ResponseReader(ResponseReader const&) = delete;
    ResponseReader& operator=(ResponseReader const&) = delete;
    ~ResponseReader() = default;

    /// Parses as much as possible.
    /// @return the number of bytes consumed; pass the rest again, followed by more input.
    std::size_t read(std::string_view bytes);
    /// Tells the parser that the upstream has closed the connection. A body that is delimited by the close is then
    /// complete; anything else incomplete is invalid.
    void end() noexcept;

    [[nodiscard]] State state() const noexcept { return state_; }
    /// Returns what is wrong with an invalid response, as a phrase for an error message.
    [[nodiscard]] std::string_view error() const noexcept { return error_; }

    // Valid from `kBody` on; the views live as long as this object.
    [[nodiscard]] unsigned status() const noexcept { return status_; }
    [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
    [[nodiscard]] http::HeaderFields fields() const noexcept { return {fields_, names_}; }
    /// Returns the options of its `Connection` headers; nullopt if there are too many.
    [[nodiscard]] std::optional<ConnectionOptions> const& connection() const noexcept { return connection_; }
    /// Returns the body's length if it is known in advance.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept { return length_; }
    /// Returns whether the connection can be reused once this response is complete.
    [[nodiscard]] bool keeps_alive() const noexcept;

    /// Returns the body bytes that were parsed but not yet taken. The caller may remove them.
    [[nodiscard]] std::string& body() noexcept { return body_; }

  private:
    /// What delimits the body.
    enum class End : std::uint8_t { kHead, kLength, kChunks, kClose };

    [[nodiscard]] std::optional<std::size_t> find_end_of_head(std::string_view bytes) noexcept;
    [[nodiscard]] bool take_head(std::string_view head);
    [[nodiscard]] bool read_status_line(std::string_view line) noexcept;
    [[nodiscard]] bool read_field_line(std::string_view line);
    [[nodiscard]] bool note_framing(http::HeaderField const& field) noexcept;
    void choose_end() noexcept;
    std::size_t read_body(std::string_view bytes);

    /// Records the error.
    /// @return false, so that callers can return the result directly.
    bool fail(std::string_view error) noexcept {
        error_ = error;
        return false;
    }

    State state_ = State::kHead;
    std::string_view error_ = "it can't be read";  ///< A string literal.
    bool is_to_head_;
    http::HeadScanner scanner_;
    std::vector<char> text_;  ///< The head; the views below refer to it.
    int minor_version_ = 1;
    unsigned status_ = 0;
    std::string_view reason_;
    std::vector<http::HeaderField> fields_;
    http::FieldNames names_;
    std::optional<ConnectionOptions> connection_;
    std::optional<std::uint64_t> length_;
    bool is_chunked_ = false;

    End end_ = End::kHead;
    std::uint64_t left_ = 0;  ///< Bytes left, for `kLength`.
    http::ChunkReader chunks_;
    std::string body_;
};

}  // namespace warder::http
