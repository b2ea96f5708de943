// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "http/header_fields.hpp"
#include "http/request_head.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace warder::http {

/// A parsed request. Its views point into the connection's buffer and are valid until the response is complete. The
/// fields are few, so lookups are linear.
struct Request {
    std::string_view method;
    std::string_view target;
    std::string_view path;   ///< Of the target, not decoded; see `split_target`.
    std::string_view query;  ///< Of the target, not decoded; without the `?`.
    std::array<HeaderField, kMaxFields> fields;
    std::size_t field_count = 0;
    FieldNames names = FieldNames::unknown();  ///< Code that adds a field after the head was parsed must add its name here too.
    std::string body;

    /// The value of a field if it occurs exactly once, and the number of occurrences.
    struct Lookup {
        std::string_view value;
        std::size_t count = 0;
    };
    [[nodiscard]] Lookup find(std::string_view lower_case_name) const noexcept {
        return names.may_contain(lower_case_name) ? search(lower_case_name) : Lookup{};
    }
    [[nodiscard]] HeaderFields header() const noexcept { return {std::span{fields}.first(field_count), names}; }
    void clear() noexcept {
        method = target = path = query = {};
        field_count = 0;
        names = FieldNames::unknown();
        crypto::wipe(body);  // it may contain a password
    }

  private:
    [[nodiscard]] Lookup search(std::string_view lower_case_name) const noexcept;
};

}  // namespace warder::http
