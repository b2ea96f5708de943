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

/// Reads one response of an upstream from its bytes: head, then body, whatever frames it (RFC 9112 §6.3). Nothing here waits.
///
/// More patient than the reader of requests where nothing depends on it: folded headers are unfolded, the same Content-Length may stand twice. What
/// leaves two ways to tell where the response ends is bad: other lengths, a length beside a transfer coding, another coding than `chunked`.
class ResponseReader {
  public:
    enum class State : std::uint8_t { kHead, kBody, kComplete, kInvalid };

    /// @param is_to_head  what is answered is a HEAD request: no body follows.
    explicit ResponseReader(bool is_to_head) noexcept;
    ResponseReader(ResponseReader const&) = delete;
    ResponseReader& operator=(ResponseReader const&) = delete;
    ~ResponseReader() = default;

    /// Reads what it can. @return how many bytes are done with; the rest must come again with more behind it.
    std::size_t read(std::string_view bytes);
    /// The upstream has closed. What has no other end is whole then; anything else is bad.
    void end() noexcept;

    [[nodiscard]] State state() const noexcept { return state_; }
    /// What is wrong with a response that is bad, as part of a sentence about it.
    [[nodiscard]] std::string_view fault() const noexcept { return fault_; }

    // Good from `kBody` on; views live as long as this.
    [[nodiscard]] unsigned status() const noexcept { return status_; }
    [[nodiscard]] std::string_view reason() const noexcept { return reason_; }
    [[nodiscard]] http::HeaderFields fields() const noexcept { return {fields_, names_}; }
    /// What its `Connection` headers say; nullopt: too much.
    [[nodiscard]] std::optional<ConnectionOptions> const& connection() const noexcept { return connection_; }
    /// The body's length where it is known before.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const noexcept { return length_; }
    /// Whether the connection takes another request, when this response is whole.
    [[nodiscard]] bool keeps_alive() const noexcept;

    /// The body's bytes read so far and not taken yet.
    [[nodiscard]] std::string& body() noexcept { return body_; }

  private:
    /// What says where the body ends.
    enum class End : std::uint8_t { kHead, kLength, kChunks, kClose };

    [[nodiscard]] std::optional<std::size_t> find_end_of_head(std::string_view bytes) noexcept;
    [[nodiscard]] bool take_head(std::string_view head);
    [[nodiscard]] bool read_status_line(std::string_view line) noexcept;
    [[nodiscard]] bool read_field_line(std::string_view line);
    [[nodiscard]] bool note_framing(http::HeaderField const& field) noexcept;
    void choose_end() noexcept;
    std::size_t read_body(std::string_view bytes);

    /// @return false, for the caller to return.
    bool fail(std::string_view fault) noexcept {
        fault_ = fault;
        return false;
    }

    State state_ = State::kHead;
    std::string_view fault_ = "it can't be read";  ///< Words of ours.
    bool is_to_head_;
    http::HeadScanner scanner_;
    std::vector<char> text_;  ///< The head: what the views below are views of.
    int minor_version_ = 1;
    unsigned status_ = 0;
    std::string_view reason_;
    std::vector<http::HeaderField> fields_;
    http::FieldNames names_;
    std::optional<ConnectionOptions> connection_;
    std::optional<std::uint64_t> length_;
    bool is_chunked_ = false;

    End end_ = End::kHead;
    std::uint64_t left_ = 0;  ///< For `kLength`.
    http::ChunkReader chunks_;
    std::string body_;
};

}  // namespace warder::http
