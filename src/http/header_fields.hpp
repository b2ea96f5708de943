// SPDX-License-Identifier: MIT
#pragma once

#include "http/field_name.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace warder::http {

struct HeaderField {
    std::string_view name;
    std::string_view value;
};

/// A summary of the header names of a message: a Bloom filter in one 64-bit word. Most checks look for a header that
/// the message does not have; with the filter they test one bit instead of comparing every name.
///
/// Names that differ only in case, or only in ways that `is_same_name` ignores, share a bit, so a negative answer is
/// exact for either comparison.
class FieldNames {
  public:
    constexpr FieldNames() noexcept = default;
    constexpr explicit FieldNames(std::span<std::string_view const> names) noexcept {
        for (auto const name : names) add(name);
    }
    /// Returns the summary of a message that has not been summarized; it may contain any header.
    [[nodiscard]] static constexpr FieldNames unknown() noexcept {
        FieldNames names;
        names.bits_ = std::numeric_limits<std::uint64_t>::max();
        return names;
    }

    constexpr void add(std::string_view name) noexcept { bits_ |= bit_of(name); }
    [[nodiscard]] constexpr bool may_contain(std::string_view name) const noexcept { return (bits_ & bit_of(name)) != 0; }
    /// Returns whether any of `others` may be among these names.
    [[nodiscard]] constexpr bool may_contain_any(FieldNames others) const noexcept { return (bits_ & others.bits_) != 0; }

  private:
    static constexpr std::uint64_t bit_of(std::string_view name) noexcept {
        if (name.empty()) return 1;
        std::size_t const first = static_cast<unsigned char>(plainly(name.front()));
        std::size_t const last = static_cast<unsigned char>(plainly(name.back()));
        // The factors were chosen so that the names that are looked up share few bits with the names that most messages
        // have.
        return std::uint64_t{1} << (8 * name.size() + 5 * first + 19 * last) % 64;
    }

    std::uint64_t bits_ = 0;
};

/// A non-owning view of the header fields of a message, in order.
class HeaderFields {
  public:
    constexpr HeaderFields() noexcept = default;
    constexpr HeaderFields(std::span<HeaderField const> fields, FieldNames names) noexcept : fields_{fields}, names_{names} {}
    /// Constructs a view of fields that have not been summarized.
    template <class Range>
        requires std::convertible_to<Range const&, std::span<HeaderField const>> && (!std::same_as<Range, HeaderFields>)
    constexpr HeaderFields(Range const& fields) noexcept : HeaderFields{std::span<HeaderField const>{fields}, FieldNames::unknown()} {}

    [[nodiscard]] constexpr auto begin() const noexcept { return fields_.begin(); }
    [[nodiscard]] constexpr auto end() const noexcept { return fields_.end(); }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return fields_.size(); }
    [[nodiscard]] constexpr HeaderField const& operator[](std::size_t index) const noexcept { return fields_[index]; }
    [[nodiscard]] constexpr FieldNames names() const noexcept { return names_; }

  private:
    std::span<HeaderField const> fields_;
    FieldNames names_;
};

}  // namespace warder::http
