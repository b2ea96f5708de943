// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::core {

void append_json_string(std::string& out, std::string_view text);
/// The shortest decimal form, never with an exponent; an integer when it is whole.
void append_json_number(std::string& out, double number);
/// As seconds, exactly; 0 for what is negative.
void append_json_seconds(std::string& out, std::chrono::microseconds duration);

/// Writes a JSON object key by key, in the order of the calls, into a text that it borrows. Keys are ours: none needs an escape.
class JsonObject {
  public:
    explicit JsonObject(std::string& out) : out_{&out} { out += '{'; }

    JsonObject& text(std::string_view key, std::string_view value);
    JsonObject& number(std::string_view key, double value);
    JsonObject& seconds(std::string_view key, std::chrono::microseconds value);
    JsonObject& integer(std::string_view key, std::int64_t value);
    JsonObject& flag(std::string_view key, bool value);
    /// A list of texts; null for null.
    JsonObject& grants(std::string_view key, Grants const& grants);
    /// Nothing at all for null.
    JsonObject& grants_if_any(std::string_view key, Grants const& grants);
    JsonObject& null(std::string_view key);
    /// The value is what the caller appends next.
    JsonObject& key(std::string_view key);
    void close() { *out_ += '}'; }

  private:
    std::string* out_;
    bool is_empty_ = true;
};

}  // namespace warder::core
