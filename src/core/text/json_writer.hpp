// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::core {

void append_json_string(std::string& out, std::string_view text);
/// Appends the shortest decimal form without an exponent; a whole number has no fraction.
void append_json_number(std::string& out, double number);
/// Appends the duration as exact seconds; a negative one as 0.
void append_json_seconds(std::string& out, std::chrono::microseconds duration);

/// Appends the grants as a list of strings.
void append_json_grants(std::string& out, GrantList const& grants);

/// Writes a JSON object key by key, in the order of the calls, into a string that must outlive it. Keys are constants
/// that need no escapes.
class JsonObject {
  public:
    explicit JsonObject(std::string& out) : out_{&out} { out += '{'; }

    JsonObject& text(std::string_view key, std::string_view value);
    JsonObject& number(std::string_view key, double value);
    JsonObject& seconds(std::string_view key, std::chrono::microseconds value);
    JsonObject& integer(std::string_view key, std::int64_t value);
    JsonObject& flag(std::string_view key, bool value);
    /// Writes a list of strings; null for null.
    JsonObject& grants(std::string_view key, GrantList const* grants);
    /// Writes nothing for null.
    JsonObject& grants_if_any(std::string_view key, GrantList const* grants);
    JsonObject& null(std::string_view key);
    /// Writes a value that is JSON already.
    JsonObject& json(std::string_view key, std::string_view value);
    /// Writes the key; the caller appends the value.
    JsonObject& key(std::string_view key);
    void close() { *out_ += '}'; }

  private:
    std::string* out_;
    bool is_empty_ = true;
};

}  // namespace warder::core
