// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace warder::crypto {

/// Bytes that are wiped on destruction, such as a password or a key. Movable; copied only by `copy`.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view text);
    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(Secret const&) = delete;
    Secret& operator=(Secret const&) = delete;
    ~Secret();

    [[nodiscard]] Secret copy() const { return Secret{view()}; }
    [[nodiscard]] std::string_view view() const noexcept { return bytes_; }
    [[nodiscard]] std::span<std::byte const> bytes() const noexcept { return std::as_bytes(std::span{bytes_}); }
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }

  private:
    std::string bytes_;
};

/// Overwrites the memory of the text, then clears it. For a `std::string` that had to hold a secret.
void wipe(std::string& text) noexcept;
void wipe(std::span<std::byte> bytes) noexcept;

/// Wipes a text at the end of the scope. The text must not grow until then, because growing leaves a copy in freed
/// memory.
class WipeAtEnd {
  public:
    explicit WipeAtEnd(std::string& text) noexcept : text_{&text} {}
    WipeAtEnd(WipeAtEnd const&) = delete;
    WipeAtEnd& operator=(WipeAtEnd const&) = delete;
    ~WipeAtEnd() { wipe(*text_); }

  private:
    std::string* text_;
};

/// Compares in a time that depends only on the lengths.
[[nodiscard]] bool equal_in_constant_time(std::span<std::byte const> a, std::span<std::byte const> b) noexcept;
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace warder::crypto
