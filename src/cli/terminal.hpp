// SPDX-License-Identifier: MIT
#pragma once

#include "crypto/secret.hpp"
#include "warder/error.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <signal.h>
#include <string_view>

namespace warder::index {
class KeyRingHandle;
}  // namespace warder::index

namespace warder {
class Clock;
class Random;
}  // namespace warder
namespace warder::authority {
class Authority;
struct Caller;
class PasswordHasher;
class Verifier;
}  // namespace warder::authority

/// The commands: each asks the authority and prints the answer; the exit code is what it returns.
namespace warder::cli {

inline constexpr int kDone = 0;
inline constexpr int kRefused = 1;
inline constexpr int kWrongUsage = 2;

/// What the commands work with.
struct CommandContext {
    authority::Authority& authority;
    authority::PasswordHasher& hasher;
    Clock const& clock;
    authority::Caller const& caller;  ///< Whoever typed the command.
    bool is_json = false;             ///< Print the object that the HTTP call answers.
};

/// One line on standard error. @return `kRefused`.
int refuse(std::string_view why);
int refuse(authority::Error error);

void print(std::string_view line);
void print(boost::json::object const& object);

/// Why there is no line.
enum class ReadLineError : std::uint8_t {
    kEnd,         ///< The input ended before the first byte.
    kTooLong,     ///< It is longer than the limit; the rest was left unread.
    kUnreadable,  ///< Reading failed, maybe in the middle: what came before is not to be believed.
};

/// One line without its end, which is LF, CRLF or the end of the input. Reads nothing that stands behind the line.
[[nodiscard]] std::expected<crypto::Secret, ReadLineError> read_line(int descriptor, std::size_t limit);

/// Asks on the terminal that is standard input, without an echo; a signal that ends or stops the program finds the terminal as it was.
/// Where other threads run, they must have those signals blocked: see `SignalsForMainThread`.
[[nodiscard]] std::expected<crypto::Secret, ReadLineError> ask(std::string_view prompt, std::size_t limit);

[[nodiscard]] bool is_terminal();

/// Threads that start while this lives leave the signals of a terminal to the thread that made it.
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
