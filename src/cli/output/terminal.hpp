// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <signal.h>
#include <string_view>

namespace warder::cli {

inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;
inline constexpr int kUsageError = 2;

/// Prints one line on standard error.
void print_error(std::string_view why);

void print(std::string_view line);
void print(boost::json::object const& object);

/// Why no line was read.
enum class ReadLineError : std::uint8_t {
    kEnd,         ///< The input ended before the first byte.
    kTooLong,     ///< It exceeds the limit. The rest was not read.
    kUnreadable,  ///< A read failed. What was read before is discarded.
};

/// Reads one line, which ends with LF, CRLF or the end of the input, and returns it without its end. Reads nothing
/// after the line.
[[nodiscard]] std::expected<crypto::Secret, ReadLineError> read_line(int descriptor, std::size_t limit);

/// Prompts on the terminal that is standard input, with the echo turned off. The terminal is restored before a signal
/// ends or stops the program. Other threads must have those signals blocked; see `SignalsForMainThread`.
[[nodiscard]] std::expected<crypto::Secret, ReadLineError> prompt_for_secret(std::string_view prompt, std::size_t limit);

[[nodiscard]] bool is_terminal();

/// Makes threads that are started during its lifetime block the terminal's signals, so that the creating thread
/// receives them.
class SignalsForMainThread {
  public:
    SignalsForMainThread();
    SignalsForMainThread(SignalsForMainThread const&) = delete;
    SignalsForMainThread& operator=(SignalsForMainThread const&) = delete;
    ~SignalsForMainThread();

  private:
    sigset_t before_{};
};

}  // namespace warder::cli
