// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <libpq-fe.h>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::store::postgres {

/// Returns the number with the bytes in the order of the wire, which is big-endian, or back.
template <class Bits>
constexpr Bits to_wire_order(Bits value) noexcept {
    if constexpr (std::endian::native == std::endian::little) return std::byteswap(value);
    return value;
}

/// An array of one dimension, in the binary format of PostgreSQL (`array_send` in its arrayfuncs.c).
class Array {
  public:
    enum class Of : std::uint8_t { kIntegers, kReals, kBooleans, kTexts, kBytes };
    explicit Array(Of elements);

    // A value must have the type of the elements.
    void add(std::int64_t value);
    void add(double value);
    void add(bool value);
    void add(std::string_view text);
    void add(std::span<std::uint8_t const> bytes);
    void add_null();
    void add(std::optional<std::string> const& text) { text ? add(std::string_view{*text}) : add_null(); }

  private:
    friend class Parameters;
    void add_element(std::string_view wire);

    Oid type_;
    std::int32_t count_ = 0;
    std::string wire_;
};

/// The values of a statement's parameters `$1`, `$2`, …, in this order. Views that are added must outlive the object's
/// use.
class Parameters {
  public:
    Parameters& add(std::int64_t value);
    Parameters& add(double value);
    Parameters& add(bool value);
    Parameters& add(std::string_view text);
    Parameters& add(std::span<std::uint8_t const> bytes);
    Parameters& add(Array const& array);
    Parameters& add(Array&&) = delete;
    Parameters& add(std::optional<std::string> const& text) { return text ? add(std::string_view{*text}) : add_null(); }
    Parameters& add(std::optional<std::string>&&) = delete;
    /// Adds NULL as a text.
    Parameters& add_null();
    Parameters& add_null_bytes();

  private:
    friend class Connection;
    static constexpr std::size_t kMost = 14;
    struct Value {
        Oid type = 0;
        std::array<char, 8> number{};
        char const* data = nullptr;  ///< nullptr: the number.
        int size = 0;
        bool is_null = false;
    };
    Value& next(Oid type);

    std::array<Value, kMost> values_{};
    std::size_t count_ = 0;
};

}  // namespace warder::store::postgres
