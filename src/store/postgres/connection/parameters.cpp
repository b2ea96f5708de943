// SPDX-License-Identifier: MIT
#include "store/postgres/connection/parameters.hpp"

#include <bit>
#include <utility>

namespace warder::store::postgres {
namespace {

// Types (pg_type.dat).
constexpr Oid kBool = 16;
constexpr Oid kBytes = 17;
constexpr Oid kInteger = 20;
constexpr Oid kText = 25;
constexpr Oid kReal = 701;
constexpr Oid kBoolArray = 1000;
constexpr Oid kBytesArray = 1001;
constexpr Oid kTextArray = 1009;
constexpr Oid kIntegerArray = 1016;
constexpr Oid kRealArray = 1022;

template <class Number>
std::array<char, sizeof(Number)> to_wire(Number number) noexcept {
    using Bits = std::conditional_t<sizeof(Number) == 8, std::uint64_t, std::uint32_t>;
    return std::bit_cast<std::array<char, sizeof(Number)>>(to_wire_order(std::bit_cast<Bits>(number)));
}

template <std::size_t kSize>
std::string_view view(std::array<char, kSize> const& bytes) noexcept {
    return {bytes.data(), kSize};
}

struct ArrayTypes {
    Oid array;
    Oid element;
};

ArrayTypes types_of(Array::Of elements) noexcept {
    switch (elements) {
        case Array::Of::kIntegers:
            return {kIntegerArray, kInteger};
        case Array::Of::kReals:
            return {kRealArray, kReal};
        case Array::Of::kBooleans:
            return {kBoolArray, kBool};
        case Array::Of::kTexts:
            return {kTextArray, kText};
        case Array::Of::kBytes:
            return {kBytesArray, kBytes};
    }
    std::unreachable();
}

// Where the head of an array has its number of elements.
constexpr std::size_t kCountAt = 12;

}  // namespace

Array::Array(Of elements) : type_{types_of(elements).array} {
    constexpr std::int32_t kDimensions = 1;
    constexpr std::int32_t kMayHaveNulls = 1;
    constexpr std::int32_t kFirstIndex = 1;
    auto const element = static_cast<std::int32_t>(types_of(elements).element);
    for (auto const number : {kDimensions, kMayHaveNulls, element, count_, kFirstIndex}) wire_ += view(to_wire(number));
}

void Array::add_element(std::string_view wire) {
    wire_ += view(to_wire(static_cast<std::int32_t>(wire.size())));
    wire_ += wire;
    wire_.replace(kCountAt, sizeof count_, view(to_wire(++count_)));
}

void Array::add(std::int64_t value) { add_element(view(to_wire(value))); }

void Array::add(double value) { add_element(view(to_wire(value))); }

void Array::add(bool value) { add_element({value ? "\1" : "\0", 1}); }

void Array::add(std::string_view text) { add_element(text); }

void Array::add(std::span<std::uint8_t const> bytes) { add_element({reinterpret_cast<char const*>(bytes.data()), bytes.size()}); }

void Array::add_null() {
    constexpr std::int32_t kNull = -1;
    wire_ += view(to_wire(kNull));
    wire_.replace(kCountAt, sizeof count_, view(to_wire(++count_)));
}

Parameters::Value& Parameters::next(Oid type) {
    auto& value = values_.at(count_++);
    value.type = type;
    return value;
}

Parameters& Parameters::add(std::int64_t number) {
    auto& value = next(kInteger);
    value.number = to_wire(number);
    value.size = 8;
    return *this;
}

Parameters& Parameters::add(double number) {
    auto& value = next(kReal);
    value.number = to_wire(number);
    value.size = 8;
    return *this;
}

Parameters& Parameters::add(bool truth) {
    auto& value = next(kBool);
    value.number.front() = truth ? 1 : 0;
    value.size = 1;
    return *this;
}

Parameters& Parameters::add(std::string_view text) {
    auto& value = next(kText);
    value.data = text.empty() ? "" : text.data();
    value.size = static_cast<int>(text.size());
    return *this;
}

Parameters& Parameters::add(std::span<std::uint8_t const> bytes) {
    auto& value = next(kBytes);
    value.data = reinterpret_cast<char const*>(bytes.data());
    value.size = static_cast<int>(bytes.size());
    return *this;
}

Parameters& Parameters::add_null() {
    next(kText).is_null = true;
    return *this;
}

Parameters& Parameters::add_null_bytes() {
    next(kBytes).is_null = true;
    return *this;
}

Parameters& Parameters::add(Array const& array) {
    auto& value = next(array.type_);
    value.data = array.wire_.data();
    value.size = static_cast<int>(array.wire_.size());
    return *this;
}

}  // namespace warder::store::postgres
