// SPDX-License-Identifier: MIT
#pragma once

#include "cli/output/terminal.hpp"
#include "warder/error.hpp"

#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace warder::cli {

/// Why a command failed. The errors of other rooms convert to it, so `WARDER_TRY` accepts all of them.
struct CommandError {
    std::string message;  ///< Empty if the output already says it.
    int exit_code = kFailure;
    std::string code{};  ///< The word for programs, as in the HTTP API where that has one. Empty: `failed` or `bad_usage`.

    template <std::convertible_to<std::string_view> Text>
    CommandError(Text const& text, int exit = kFailure, std::string_view word = {}) : message{std::string_view{text}}, exit_code{exit}, code{word} {}
    CommandError(authority::Error error);
};

using CommandResult = std::expected<void, CommandError>;

/// Returns a failure with the word for programs.
inline std::unexpected<CommandError> failure(std::string_view message, std::string_view code) {
    return std::unexpected{CommandError{message, kFailure, code}};
}

/// The word for a change that is stored, but of which it isn't known whether every server has applied it.
inline constexpr std::string_view kUnconfirmed = "unconfirmed";

/// How errors and warnings are printed on standard error.
enum class ErrorFormat : std::uint8_t {
    kText,  ///< `warder: message`
    kJson,  ///< `{"message": message, "error": code}`, or `{"warning": message}`
};

[[nodiscard]] constexpr ErrorFormat error_format(bool is_json) noexcept { return is_json ? ErrorFormat::kJson : ErrorFormat::kText; }

/// Prints the error of a command that failed. @return the exit code.
int report(CommandResult const& result, ErrorFormat format = ErrorFormat::kText);

/// Prints a warning of a command that succeeds.
void warn(std::string_view message, ErrorFormat format);

}  // namespace warder::cli
