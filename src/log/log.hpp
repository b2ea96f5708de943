// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

/// The log: one line an event, as logfmt or JSON, on standard error.
namespace warder::log {

enum class Level : std::uint8_t {
    kDebug,
    kInfo,
    kWarning,
    kError,
    kNone,  ///< Of a logger alone, not of a line: nothing is written.
};
[[nodiscard]] std::optional<Level> read_level(std::string_view word) noexcept;

enum class Format : std::uint8_t { kLogfmt, kJson };

/// A key of ours with a value that may come from outside: texts are quoted where needed, control and non-ASCII characters escaped, cut at 256 bytes
/// between characters. A number that isn't finite is `null` in JSON.
struct Field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// Any thread may call it. Never throws: a log that can't be written must not stop the server.
class Logger {
  public:
    Logger(Level level, Format format);
    ~Logger();

    /// @param event  a word or sentence of ours, never text from outside.
    void write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) noexcept;
    void info(std::string_view event, std::initializer_list<Field> fields = {}) noexcept { write(Level::kInfo, event, fields); }
    void warning(std::string_view event, std::initializer_list<Field> fields = {}) noexcept { write(Level::kWarning, event, fields); }
    void error(std::string_view event, std::initializer_list<Field> fields = {}) noexcept { write(Level::kError, event, fields); }

    /// Says that memory ended what was being done, at most once a minute, whatever it was. Needs no memory.
    /// @param doing  what failed, a word or a few of ours.
    void note_memory_shortage(char const* doing) noexcept;

    void set_level(Level level) noexcept;
    [[nodiscard]] bool writes(Level level) const noexcept;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The text of one line without its newline, for the given time: what `write` prints. Exposed for the tests.
[[nodiscard]] std::string format_line(Format format, std::string_view time, Level level, std::string_view event, std::initializer_list<Field> fields);

}  // namespace warder::log
