// SPDX-License-Identifier: MIT
#include "gateway/routes/upstream_url.hpp"

#include "core/grants/path.hpp"
#include "core/host.hpp"
#include "core/text/number.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <optional>

namespace warder::gateway {
namespace {

constexpr std::string_view kBadHost = "the host must be a name such as photos.example.org, an IPv4 address, or an IPv6 address in brackets";
constexpr std::string_view kBadPort = "the port must be a number from 1 to 65535 without leading zeros";

bool is_printable(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

std::optional<std::string> read_name(std::string_view text) {
    if (!core::is_host_name(text, true)) return std::nullopt;
    auto name = core::lowered(text);
    if (core::ends_in_number(name) && !core::is_ipv4(name)) return std::nullopt;
    return name;
}

std::optional<std::string> read_ipv6(std::string_view in_brackets) {
    core::HostText buffer;
    auto const read = core::read_host(in_brackets, buffer);
    if (!read || !read->is_ipv6) return std::nullopt;
    return std::string{read->name};
}

std::optional<std::uint16_t> read_port(std::string_view digits) noexcept {
    return digits.starts_with('0') ? std::nullopt : core::read_number<std::uint16_t>(digits, 1, 65535);
}

/// Returns a message that says what is wrong with the path; empty if it is valid.
std::string find_problem(std::string_view path) {
    if (path.empty()) return {};
    std::string buffer(path.size(), '\0');
    auto const canonical = core::canonicalize_path_at(path, buffer);
    if (!canonical) return std::string{"in its path "}.append(describe(canonical.error().error));
    if (*canonical != path) return "in its path, only characters that need it may be percent-encoded, with uppercase hex digits";
    return {};
}

}  // namespace

std::expected<UpstreamUrl, std::string> read_upstream_url(std::string_view text) {
    auto const failure = [](std::string_view message) { return std::unexpected{std::string{message}}; };
    if (!is_printable(text)) return failure("an upstream must be printable ASCII without spaces");
    auto const parts = http::split_absolute(text);
    if (!parts) return failure("an upstream must be a URL that begins with http:// or https://");
    if (text.find('@') < text.find('/', parts->scheme.size() + 3))
        return failure("an upstream must not contain a user name or password; put them into a file, and set credential = \"basic-file:PATH\"");
    if (text.find('?') != std::string_view::npos) return failure("an upstream must not have a query; remove \"?\" and what follows");
    if (text.find('#') != std::string_view::npos) return failure("an upstream must not have a fragment; remove \"#\" and what follows");

    auto const host_and_port = http::split_port(parts->authority);
    bool const is_ipv6 = host_and_port.host.starts_with('[');
    auto host = is_ipv6 ? read_ipv6(host_and_port.host) : read_name(host_and_port.host);
    if (!host) return failure(kBadHost);

    UpstreamUrl url{.is_tls = http::equal_ignoring_case(parts->scheme, "https"), .host = std::move(*host), .authority = {}, .path = {}};
    std::uint16_t const default_port = url.is_tls ? 443 : 80;
    auto const port = host_and_port.port ? read_port(*host_and_port.port) : default_port;
    if (!port) return failure(kBadPort);
    url.port = *port;
    url.authority = is_ipv6 ? "[" + url.host + "]" : url.host;
    if (url.port != default_port) url.authority.append(":").append(std::to_string(url.port));

    if (auto error = find_problem(parts->rest); !error.empty()) return std::unexpected{std::move(error)};
    url.path = parts->rest;
    return url;
}

}  // namespace warder::gateway
