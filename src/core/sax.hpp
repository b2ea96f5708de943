// SPDX-License-Identifier: MIT
#pragma once

#include <boost/json/basic_parser.hpp>
#include <boost/json/error.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace warder::core {

/// A handler for `boost::json::basic_parser` that accepts everything and keeps nothing. Derive from it and hide the
/// functions that matter.
struct SaxDefaults {
    static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
    static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

    using Text = boost::json::string_view;
    using Code = boost::json::error_code;

    bool on_document_begin(Code&) { return true; }
    bool on_document_end(Code&) { return true; }
    bool on_object_begin(Code&) { return true; }
    bool on_object_end(std::size_t, Code&) { return true; }
    bool on_array_begin(Code&) { return true; }
    bool on_array_end(std::size_t, Code&) { return true; }
    bool on_key_part(Text, std::size_t, Code&) { return true; }
    bool on_key(Text, std::size_t, Code&) { return true; }
    bool on_string_part(Text, std::size_t, Code&) { return true; }
    bool on_string(Text, std::size_t, Code&) { return true; }
    bool on_number_part(Text, Code&) { return true; }
    bool on_int64(std::int64_t, Text, Code&) { return true; }
    bool on_uint64(std::uint64_t, Text, Code&) { return true; }
    bool on_double(double, Text, Code&) { return true; }
    bool on_bool(bool, Code&) { return true; }
    bool on_null(Code&) { return true; }
    bool on_comment_part(Text, Code&) { return true; }
    bool on_comment(Text, Code&) { return true; }

  protected:
    /// Stops the parser: `return stop(code)`.
    static bool stop(Code& code) {
        code = boost::json::make_error_code(boost::json::error::exception);
        return false;
    }
};

}  // namespace warder::core
