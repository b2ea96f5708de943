// SPDX-License-Identifier: MIT
#include "http/request.hpp"

#include "core/text/simd.hpp"

namespace warder::http {

Request::Lookup Request::search(std::string_view lower_case_name) const noexcept {
    Lookup found;
    for (std::size_t i = 0; i < field_count; ++i) {
        if (!core::is_in_any_case(fields[i].name, lower_case_name)) continue;
        if (found.count++ == 0) found.value = fields[i].value;
    }
    return found;
}

}  // namespace warder::http
