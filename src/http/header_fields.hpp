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

/// A summary of the header names of a message, a Bloom filter of one word: asking for a header that the message doesn't have, which is what nearly
/// every check does, costs one test of a bit instead of a comparison with each name.
///
/// Names that differ only in case, or only as far as `is_same_name` ignores it, have the same bit: "no" is certain however names are compared.
class FieldNames {
  public:
    constexpr FieldNames() noexcept = default;
    constexpr explicit FieldNames(std::span<std::string_view const> names) noexcept {
        for (auto const name : names) add(name);
    }
    /// The summary of a message that has not been summarized: it may have any header.
    [[nodiscard]] static constexpr FieldNames unknown() noexcept {
        FieldNames names;
        names.bits_ = std::numeric_limits<std::uint64_t>::max();
        return names;
    }

    constexpr void add(std::string_view name) noexcept { bits_ |= bit_of(name); }
    [[nodiscard]] constexpr bool may_contain(std::string_view name) const noexcept { return (bits_ & bit_of(name)) != 0; }
    /// Whether one of the other names may be among these.
    [[nodiscard]] constexpr bool may_contain_any(FieldNames others) const noexcept { return (bits_ & others.bits_) != 0; }

  private:
    static constexpr std::uint64_t bit_of(std::string_view name) noexcept {
        if (name.empty()) return 1;
        std::size_t const first = static_cast<unsigned char>(plainly(name.front()));
        std::size_t const last = static_cast<unsigned char>(plainly(name.back()));
        // The factors are such that the names that are asked for share few bits with those that most messages have.
        return std::uint64_t{1} << (8 * name.size() + 5 * first + 19 * last) % 64;
    }

    std::uint64_t bits_ = 0;
};

/// The header fields of a message, in their order. A view.
class HeaderFields {
  public:
    constexpr HeaderFields() noexcept = default;
    constexpr HeaderFields(std::span<HeaderField const> fields, FieldNames names) noexcept : fields_{fields}, names_{names} {}
    /// Fields that have not been summarized.
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
