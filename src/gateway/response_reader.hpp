// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::gateway {

/// Reads one response of an upstream from its bytes: head, then body, whatever frames it (RFC 9112 §6.3); a coding other than `chunked`
/// is bad. Nothing here waits.
class ResponseReader {
  public:
    enum class State : std::uint8_t { kHead, kBody, kWhole, kBad };

    /// @param is_to_head  what is answered is a HEAD request: no body follows.
    explicit ResponseReader(bool is_to_head);
    ~ResponseReader();
    ResponseReader(ResponseReader&&) noexcept;
    ResponseReader& operator=(ResponseReader&&) noexcept;

    /// Reads what it can. @return how many bytes are done with; the rest must come again with more behind it.
    std::size_t read(std::string_view bytes);
    /// The upstream has closed. What has no other end is whole then; anything else is bad.
    void end();

    [[nodiscard]] State state() const noexcept;

    // Good from `kBody` on; views live as long as this.
    [[nodiscard]] unsigned status() const noexcept;
    [[nodiscard]] std::string_view reason() const noexcept;
    [[nodiscard]] std::span<http::HeaderField const> fields() const noexcept;
    /// The body's length where it is known before.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const;
    /// Whether the connection takes another request, when this response is whole.
    [[nodiscard]] bool keeps_alive() const;

    /// The body's bytes read so far and not taken yet.
    [[nodiscard]] std::string& body() noexcept;

  private:
    class Parser;
    std::unique_ptr<Parser> parser_;
};

}  // namespace warder::gateway
