// SPDX-License-Identifier: MIT
#include "app/config/toml/toml_file.hpp"

#include "app/config/toml/toml_errors.hpp"
#include "app/config/values.hpp"
#include "files/posix_file.hpp"

#include <cerrno>
#include <cstring>

namespace warder::app {
namespace {

constexpr std::size_t kLongestFile = 1U << 20U;

/// Reads the whole file, or returns why it can't.
std::expected<std::string, std::string> read_file(std::filesystem::path const& file) {
    files::File const opened{file, O_RDONLY};
    if (opened.error() != 0) return std::unexpected{std::strerror(opened.error())};
    std::string text(kLongestFile + 1, '\0');
    auto const error = files::read_all(opened.get(), text);
    if (error == EFBIG) return std::unexpected{"larger than 1 MiB"};
    if (error != 0) return std::unexpected{std::strerror(error)};
    return text;
}

}  // namespace

std::expected<toml::table, TomlFileError> read_toml_file(std::filesystem::path const& file) {
    auto const name = quote(file.native());
    auto const text = read_file(file);
    if (!text) return std::unexpected{TomlFileError{.position = name, .why = "can't read the configuration: " + text.error()}};
    try {
        return toml::parse(*text);
    } catch (toml::parse_error const& error) {
        auto const line = error.source().begin.line;
        return std::unexpected{
            TomlFileError{.position = name + ':' + std::to_string(line), .why = explain_toml_error(*text, line, error.description())}};
    }
}

}  // namespace warder::app
