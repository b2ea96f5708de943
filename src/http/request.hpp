// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "http/request_head.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace warder::http {

struct HeaderField {
    std::string_view name;
    std::string_view value;
};

/// A request as read. The views point into the connection's buffer and live until the answer is made; the fields are few and searched in a row.
struct Request {
    std::string_view method;
    std::string_view target;
    std::array<HeaderField, kMaxFields> fields;
    std::size_t field_count = 0;
    std::string body;

    /// The value of the field if it is there exactly once; `count` tells of the rest.
    struct Lookup {
        std::string_view value;
        std::size_t count = 0;
    };
    [[nodiscard]] Lookup find(std::string_view lower_case_name) const noexcept;
    void clear() noexcept {
        method = target = {};
        field_count = 0;
        crypto::wipe(body);  // it may have held a password
    }
};

}  // namespace warder::http
