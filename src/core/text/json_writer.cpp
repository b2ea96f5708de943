// SPDX-License-Identifier: MIT
#include "core/text/json_writer.hpp"

#include "core/text/hex.hpp"
#include "core/text/simd.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace warder::core {

namespace {

using namespace std::string_view_literals;

bool needs_no_escape(std::string_view text) noexcept {
    using namespace core;
    return all_bytes(text, ' ',
                     [](SimdBytes bytes) { return in_range(bytes, 0x20, 0xFF) & ~(equal(bytes, 0x7F) | equal(bytes, '"') | equal(bytes, '\\')); });
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    auto const is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F && c != '"' && c != '\\'; };
    out += '"';
    if (needs_no_escape(text)) {  // nearly every text
        out.append(text).append(1, '"');
        return;
    }
    while (!text.empty()) {
        auto const run = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_plain) - text.begin());
        out.append(text.substr(0, run));
        text.remove_prefix(run);
        if (text.empty()) break;
        auto const byte = static_cast<unsigned char>(text.front());
        if (byte == '"' || byte == '\\') {
            out += {'\\', text.front()};
        } else {
            out += {'\\', 'u', '0', '0', core::kLowerHex[byte >> 4U], core::kLowerHex[byte & 0xFU]};
        }
        text.remove_prefix(1);
    }
    out += '"';
}

void append_json_number(std::string& out, double number) {
    if (!std::isfinite(number)) number = 0;  // JSON can't express infinity or NaN
    std::array<char, 400> digits;            // the largest double has 309 digits
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed).ptr;
    out.append(digits.data(), end);
}

void append_json_seconds(std::string& out, std::chrono::microseconds duration) {
    constexpr std::uint64_t kPerSecond = 1'000'000;
    auto const micros = static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0));
    std::array<char, 32> text;
    auto* end = std::to_chars(text.data(), text.data() + text.size(), micros / kPerSecond).ptr;
    if (auto fraction = micros % kPerSecond; fraction != 0) {
        *end++ = '.';
        for (auto digit = kPerSecond / 10; fraction != 0; digit /= 10) {
            *end++ = static_cast<char>('0' + fraction / digit);
            fraction %= digit;
        }
    }
    out.append(text.data(), end);
}

void append_json_grants(std::string& out, GrantList const& grants) {
    out += '[';
    for (auto const& grant : grants.grants()) {
        if (&grant != &grants.grants().front()) out += ',';
        append_json_string(out, grant.text());
    }
    out += ']';
}

JsonObject& JsonObject::key(std::string_view key) {
    out_->append(std::exchange(is_empty_, false) ? "\""sv : ",\""sv).append(key).append("\":"sv);
    return *this;
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
    key(name);
    append_json_string(*out_, value);
    return *this;
}

JsonObject& JsonObject::number(std::string_view name, double value) {
    key(name);
    append_json_number(*out_, value);
    return *this;
}

JsonObject& JsonObject::integer(std::string_view name, std::int64_t value) {
    key(name);
    std::array<char, 24> digits;
    out_->append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
    return *this;
}

JsonObject& JsonObject::seconds(std::string_view name, std::chrono::microseconds value) {
    key(name);
    append_json_seconds(*out_, value);
    return *this;
}

JsonObject& JsonObject::flag(std::string_view name, bool value) {
    key(name);
    *out_ += value ? "true" : "false";
    return *this;
}

JsonObject& JsonObject::grants(std::string_view name, GrantList const* grants) {
    if (grants == nullptr) return null(name);
    key(name);
    append_json_grants(*out_, *grants);
    return *this;
}

JsonObject& JsonObject::grants_if_any(std::string_view name, GrantList const* grants) {
    if (grants != nullptr) this->grants(name, grants);
    return *this;
}

JsonObject& JsonObject::null(std::string_view name) {
    key(name);
    *out_ += "null";
    return *this;
}

JsonObject& JsonObject::json(std::string_view name, std::string_view value) {
    key(name);
    *out_ += value;
    return *this;
}

}  // namespace warder::core
