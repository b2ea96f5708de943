// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A simple reader of HTTP/1.1 from raw bytes, as a reference for comparison.
namespace warder::fuzz {

struct PlainHead {
    std::string request_line;
    std::vector<std::pair<std::string, std::string>> fields;  ///< Names in lower case, values trimmed.

    [[nodiscard]] std::vector<std::string> all(std::string_view name) const {
        std::vector<std::string> values;
        for (auto const& [known, value] : fields)
            if (known == name) values.push_back(value);
        return values;
    }
};

inline std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

inline std::string without_blanks(std::string const& text) {
    auto const first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Splits at each CR LF; nullopt if there is any other CR or LF, or a control character other than a tab.
inline std::optional<std::vector<std::string>> plain_lines(std::string_view bytes) {
    std::vector<std::string> lines(1);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto const c = static_cast<unsigned char>(bytes[at]);
        if (c == '\r' && at + 1 < bytes.size() && bytes[at + 1] == '\n') {
            lines.emplace_back();
            ++at;
        } else if ((c < 0x20 && c != '\t') || c == 0x7F) {
            return std::nullopt;
        } else {
            lines.back() += bytes[at];
        }
    }
    return lines;
}

inline std::optional<PlainHead> plain_head(std::string_view bytes) {
    auto lines = plain_lines(bytes);
    if (!lines || lines->size() < 3 || !lines->back().empty() || !(*lines)[lines->size() - 2].empty()) return std::nullopt;
    lines->resize(lines->size() - 2);
    PlainHead head{.request_line = lines->front(), .fields = {}};
    for (std::size_t at = 1; at < lines->size(); ++at) {
        auto const& line = (*lines)[at];
        auto const colon = line.find(':');
        if (colon == std::string::npos || colon == 0 || line.find_first_of(" \t") < colon) return std::nullopt;
        head.fields.emplace_back(lower_case(line.substr(0, colon)), without_blanks(line.substr(colon + 1)));
    }
    return head;
}

struct PlainBody {
    std::string data;
    std::size_t length = 0;  ///< The number of bytes it used.
};

/// Reads a chunked body (RFC 9112, section 7.1), skipping extensions and trailers; nullopt if it is invalid or
/// incomplete.
inline std::optional<PlainBody> plain_chunks(std::string_view bytes) {
    PlainBody body;
    auto rest = bytes;
    auto const take_line = [&rest]() -> std::optional<std::string_view> {
        auto const end = rest.find("\r\n");
        if (end == std::string_view::npos || rest.substr(0, end).find_first_of("\r\n") != std::string_view::npos) return std::nullopt;
        auto const line = rest.substr(0, end);
        rest.remove_prefix(end + 2);
        return line;
    };
    for (;;) {
        auto const line = take_line();
        if (!line) return std::nullopt;
        std::uint64_t size = 0;
        auto const [end, error] = std::from_chars(line->data(), line->data() + line->size(), size, 16);
        if (error != std::errc{}) return std::nullopt;
        auto const extension = line->substr(static_cast<std::size_t>(end - line->data()));
        if (!extension.empty() && extension.find_first_not_of(" \t") != extension.find(';')) return std::nullopt;
        if (size == 0) break;
        if (size > rest.size() || rest.substr(size, 2) != "\r\n") return std::nullopt;
        body.data += rest.substr(0, size);
        rest.remove_prefix(size + 2);
    }
    for (;;) {
        auto const trailer = take_line();
        if (!trailer) return std::nullopt;
        if (trailer->empty()) break;
    }
    body.length = bytes.size() - rest.size();
    return body;
}

}  // namespace warder::fuzz
