// SPDX-License-Identifier: MIT
#include "http/hop_by_hop.hpp"

#include "http/text.hpp"

#include <algorithm>

namespace warder::http {
namespace {

constexpr NameSet kHopByHop{std::to_array<std::string_view>(
    {"connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade"})};

constexpr NameSet kNotTheClientsToDrop{std::to_array<std::string_view>({"host", "content-length", "authorization", "cookie"})};

constexpr http::HeadError kForbiddenOption{400, "bad_request",
                                           "The Connection header names Host, Content-Length, Authorization, Cookie or an X-Warder header."};
constexpr http::HeadError kTooManyOptions{400, "bad_request", "The Connection header names more than 16 headers."};

/// Removes and returns the first element of a comma-separated list.
std::string_view take_element(std::string_view& list) noexcept {
    auto const comma = std::min(list.find(','), list.size());
    auto const element = http::trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    return element;
}

/// @return false if there are already `kMaxConnectionNames` names.
bool note_option(std::string_view option, ConnectionOptions& options) noexcept {
    if (http::equal_ignoring_case(option, "close")) {
        options.has_close = true;
    } else if (http::equal_ignoring_case(option, "keep-alive")) {
        options.has_keep_alive = true;
    } else if (http::equal_ignoring_case(option, "upgrade")) {
        options.has_upgrade = true;
    } else if (http::is_token(option)) {
        if (options.name_count == options.names.size()) return false;
        options.names[options.name_count++] = option;
    }
    return true;
}

}  // namespace

bool ConnectionOptions::is_among_names(std::string_view name) const noexcept {
    return std::any_of(names.begin(), names.begin() + name_count, [name](std::string_view named) { return is_same_name(named, name); });
}

std::optional<ConnectionOptions> read_connection(http::HeaderFields fields) noexcept {
    ConnectionOptions options;
    if (!fields.names().may_contain("connection")) return options;
    for (auto const& [name, value] : fields) {
        if (name.size() != 10 || !http::equal_ignoring_case(name, "connection")) continue;
        for (auto rest = value; !rest.empty();)
            if (!note_option(take_element(rest), options)) return std::nullopt;
    }
    return options;
}

std::expected<ConnectionOptions, http::HeadError> check_connection(http::Request const& request) noexcept {
    auto const options = read_connection(request.header());
    if (!options) return std::unexpected{kTooManyOptions};
    for (auto const& name : std::span{options->names}.first(options->name_count))
        if (kNotTheClientsToDrop.contains(name) || begins_with_name(name, "x-warder-")) return std::unexpected{kForbiddenOption};
    return *options;
}

bool is_hop_by_hop(std::string_view name) noexcept { return kHopByHop.contains(name); }

bool offers_websocket(http::HeaderFields fields) noexcept {
    for (auto const& [name, value] : fields) {
        if (name.size() != 7 || !http::equal_ignoring_case(name, "upgrade")) continue;
        for (auto rest = value; !rest.empty();)
            if (http::equal_ignoring_case(take_element(rest), "websocket")) return true;
    }
    return false;
}

bool wants_websocket(http::Request const& request, http::HeadFacts const& facts, ConnectionOptions const& connection) noexcept {
    bool const has_body = facts.is_chunked || facts.content_length.value_or(0) > 0;
    return connection.has_upgrade && request.method == "GET" && facts.minor_version == 1 && !has_body && offers_websocket(request.header());
}

}  // namespace warder::http
