// SPDX-License-Identifier: MIT
#include "gateway/heads/via.hpp"

#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <string_view>

namespace warder::gateway {
namespace {

constexpr std::string_view kVia = "via";
constexpr std::string_view kPseudonym = "warder";
constexpr std::string_view kOwnEntry = "1.1 warder";

bool is_via(std::string_view name) noexcept { return name.size() == kVia.size() && http::is_same_name(name, kVia); }

/// `[ protocol-name "/" ] protocol-version RWS received-by [ RWS comment ]`
bool is_own_entry(std::string_view entry) noexcept {
    entry = http::trim(entry);
    entry.remove_prefix(std::min(entry.find_first_of(" \t"), entry.size()));
    entry = http::trim(entry);
    return http::equal_ignoring_case(entry.substr(0, entry.find_first_of(" \t(")), kPseudonym);
}

}  // namespace

unsigned count_passes(http::Request const& request) noexcept {
    unsigned passes = 0;
    if (!request.names.may_contain(kVia)) return passes;
    for (auto const& [name, value] : request.header()) {
        if (!is_via(name)) continue;
        for (std::size_t start = 0; start < value.size();) {
            auto const end = std::min(value.find(',', start), value.size());
            if (is_own_entry(value.substr(start, end - start))) ++passes;
            start = end + 1;
        }
    }
    return passes;
}

void append_via(std::string& out, http::Request const& request, http::ConnectionOptions const& connection) {
    out += "Via: ";
    for (auto const& [name, value] : request.names.may_contain(kVia) ? request.header() : http::HeaderFields{})
        if (is_via(name) && !value.empty() && !connection.names_field(name)) out.append(value).append(", ");
    out.append(kOwnEntry).append("\r\n");
}

}  // namespace warder::gateway
