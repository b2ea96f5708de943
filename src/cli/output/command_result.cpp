// SPDX-License-Identifier: MIT
#include "cli/output/command_result.hpp"

#include "auth/errors.hpp"
#include "core/text/json_string.hpp"
#include "core/text/json_writer.hpp"

#include <cstdio>

namespace warder::cli {
namespace {

std::string_view code_of(authority::Error error) noexcept {
    // Over HTTP, nobody can cause these.
    if (error == authority::Error::kUnknownKey) return "unknown_key";
    if (error == authority::Error::kKeyIsSigning) return "key_is_signing";
    if (error == authority::Error::kKeySignsElsewhere) return "key_signs_elsewhere";
    return auth::code(error);
}

std::string_view code_of(CommandError const& error) noexcept {
    if (!error.code.empty()) return error.code;
    return error.exit_code == kUsageError ? "bad_usage" : "failed";
}

/// Appends a text that may contain the name of a file, which may not be UTF-8.
void append_text(core::JsonObject& object, std::string& line, std::string_view key, std::string_view text) {
    object.key(key);
    core::append_ascii_json_string(line, text);
}

void print_line(std::string const& line) { std::fprintf(stderr, "%s\n", line.c_str()); }

}  // namespace

CommandError::CommandError(authority::Error error) : message{authority::message(error)}, code{code_of(error)} {}

int report(CommandResult const& result, ErrorFormat format) {
    if (result) return kSuccess;
    auto const& error = result.error();
    if (error.message.empty()) return error.exit_code;
    if (format == ErrorFormat::kText) {
        print_error(error.message);
    } else {
        std::string line;
        core::JsonObject object{line};
        append_text(object, line, "message", error.message);
        object.text("error", code_of(error)).close();
        print_line(line);
    }
    return error.exit_code;
}

void warn(std::string_view message, ErrorFormat format) {
    if (format == ErrorFormat::kText) return print_error(std::string{"warning: "}.append(message));
    std::string line;
    core::JsonObject object{line};
    append_text(object, line, "warning", message);
    object.close();
    print_line(line);
}

}  // namespace warder::cli
