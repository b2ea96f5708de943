// SPDX-License-Identifier: MIT
#include "core/json.hpp"

#include "core/sax.hpp"
#include "core/text/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>

#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace warder::core {
namespace {

constexpr std::size_t kMaxQuotedKey = 64;

/// Detects what Boost.JSON accepts: duplicate keys, of which it keeps the last, and numbers that it reads as infinity.
struct Watcher : SaxDefaults {
    std::vector<std::set<std::string>> objects;  ///< Ordered, because a client that chooses the keys could make a hash table slow.
    std::string key;
    std::string outer_key;  ///< Key of the outermost object while its value is neither an object nor an array.
    std::optional<JsonError::Reason> error;

    bool on_object_begin(Code&) {
        objects.emplace_back();
        outer_key.clear();
        return true;
    }
    bool on_array_begin(Code&) {
        outer_key.clear();
        return true;
    }
    bool on_object_end(std::size_t, Code&) {
        objects.pop_back();
        return true;
    }
    bool on_key_part(Text part, std::size_t, Code&) {
        key.append(part.data(), part.size());
        return true;
    }
    bool on_key(Text part, std::size_t, Code& code) {
        key.append(part.data(), part.size());
        if (!objects.back().insert(key).second) {
            error = JsonError::Reason::kEqualKeys;
            return stop(code);
        }
        if (objects.size() == 1) outer_key = key;
        key.clear();
        return true;
    }
    bool on_double(double value, Text, Code& code) {
        if (std::isfinite(value)) return true;
        error = JsonError::Reason::kNumberRange;
        return stop(code);
    }
};

std::string quoted(std::string key) {
    if (key.size() <= kMaxQuotedKey) return key;
    // Don't cut in the middle of a character.
    std::size_t end = kMaxQuotedKey;
    while (end > 0 && (static_cast<unsigned char>(key[end]) & 0xC0U) == 0x80U) --end;
    key.resize(end);
    return key;
}

JsonError::Reason reason_of(boost::json::error_code const& code) {
    if (code == boost::json::error::too_deep) return JsonError::Reason::kTooDeep;
    if (code == boost::json::error::extra_data) return JsonError::Reason::kTrailing;
    if (code == boost::json::error::exponent_overflow) return JsonError::Reason::kNumberRange;
    return JsonError::Reason::kSyntax;
}

}  // namespace

std::expected<boost::json::value, JsonError> read_json(std::string_view text, JsonLimits limits, boost::json::storage_ptr storage) {
    if (auto const foreign = find_not_utf8(text))
        return std::unexpected{JsonError{.reason = JsonError::Reason::kEncoding, .offset = *foreign, .key = {}}};

    boost::json::parse_options options;
    options.max_depth = limits.max_depth;
    options.allow_trailing_commas = limits.trailing_commas;
    boost::json::basic_parser<Watcher> watch{options};
    boost::json::error_code code;
    auto const consumed = watch.write_some(false, text.data(), text.size(), code);
    if (code) {
        auto& watcher = watch.handler();
        auto const reason = watcher.error.value_or(reason_of(code));
        JsonError error{.reason = reason, .offset = consumed, .key = {}};
        if (reason == JsonError::Reason::kEqualKeys) error.key = quoted(watcher.key);
        if (reason == JsonError::Reason::kNumberRange) error.key = quoted(watcher.outer_key);
        return std::unexpected{std::move(error)};
    }
    if (consumed < text.size()) return std::unexpected{JsonError{.reason = JsonError::Reason::kTrailing, .offset = consumed, .key = {}}};

    auto value = boost::json::parse({text.data(), text.size()}, code, std::move(storage), options);
    if (code) return std::unexpected{JsonError{.reason = reason_of(code), .offset = 0, .key = {}}};
    return value;
}

std::string describe(JsonError const& error) {
    auto const at = " at byte " + std::to_string(error.offset);
    switch (error.reason) {
        case JsonError::Reason::kEqualKeys:
            return "Duplicate key \"" + error.key + "\" in the JSON" + at;
        case JsonError::Reason::kEncoding:
            return "The JSON is not valid UTF-8" + at;
        case JsonError::Reason::kTooDeep:
            return "The JSON is nested too deeply" + at;
        case JsonError::Reason::kNumberRange:
            return "A number in the JSON is out of range" + at;
        case JsonError::Reason::kTrailing:
            return "Unexpected text after the JSON value" + at;
        case JsonError::Reason::kSyntax:
            break;
    }
    return "Invalid JSON: syntax error" + at;
}

}  // namespace warder::core
