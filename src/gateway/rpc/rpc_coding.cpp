// SPDX-License-Identifier: MIT
#include "gateway/rpc/rpc_coding.hpp"

#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>

namespace warder::gateway {
namespace {

constexpr std::string_view kCharset = "charset";

bool take(std::string_view& rest, std::string_view word) noexcept {
    if (!http::equal_ignoring_case(rest.substr(0, word.size()), word)) return false;
    rest.remove_prefix(word.size());
    return true;
}

void skip_blanks(std::string_view& rest) noexcept { rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size())); }

/// Returns whether a parameter is UTF-8.
/// @param rest  what follows its name: `=utf-8` or `="utf-8"`, then its end.
bool is_utf8(std::string_view rest) noexcept {
    skip_blanks(rest);
    if (!take(rest, "=")) return false;
    skip_blanks(rest);
    bool const is_quoted = take(rest, "\"");
    if (!take(rest, "utf-8") && !take(rest, "utf8")) return false;
    if (is_quoted && !take(rest, "\"")) return false;
    skip_blanks(rest);
    return rest.empty() || rest.front() == ';';
}

/// Returns whether the text names a charset other than UTF-8. The word is found anywhere, because RFC 2231 allows spellings
/// of parameters that only some servers understand.
bool has_foreign_charset(std::string_view content_type) noexcept {
    for (auto rest = content_type; rest.size() >= kCharset.size(); rest.remove_prefix(1))
        if (http::equal_ignoring_case(rest.substr(0, kCharset.size()), kCharset) && !is_utf8(rest.substr(kCharset.size()))) return true;
    return false;
}

}  // namespace

std::optional<std::string_view> find_foreign_coding(std::span<http::HeaderField const> fields) noexcept {
    std::size_t encodings = 0;
    for (auto const& [name, value] : fields) {
        if (http::is_same_name(name, "content-encoding") && (++encodings > 1 || !http::equal_ignoring_case(value, "identity")))
            return "A JSON-RPC request must not have a Content-Encoding other than identity, because grants are checked against its body.";
        if (http::is_same_name(name, "content-type") && has_foreign_charset(value)) return "The charset of a JSON-RPC request must be UTF-8.";
    }
    return std::nullopt;
}

}  // namespace warder::gateway
