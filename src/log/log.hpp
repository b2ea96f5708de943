// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

/// The log: one line per event, as logfmt or JSON, on standard error.
namespace warder::log {

enum class Level : std::uint8_t {
    kDebug,
    kInfo,
    kWarning,
    kError,
    kNone,  ///< For loggers only: writes nothing.
};
[[nodiscard]] std::optional<Level> read_level(std::string_view word) noexcept;

enum class Format : std::uint8_t { kLogfmt, kJson };

/// A key, which is a constant, and a value, which may come from outside. Texts are quoted where needed, control and
/// non-ASCII characters are escaped, and texts are truncated to 256 bytes at a character boundary. A number that is not
/// finite is `null` in JSON.
struct Field {
    std::string_view key;
    std::variant<std::string_view, std::int64_t, double, bool> value;
};

/// Writes log lines. Any thread may call it. Never throws: a log that can't be written must not stop the server.
class Logger {
  public:
    Logger(Level level, Format format);
    ~Logger();

    /// If memory runs out, the line has `memory_short` instead of the fields.
    /// @param event  a constant identifier, never text from outside.
    void write(Level level, std::string_view event, std::span<Field const> fields) noexcept;
    void write(Level level, std::string_view event, std::initializer_list<Field> fields = {}) noexcept {
        write(level, event, std::span{fields.begin(), fields.size()});
    }
    void info(std::string_view event, std::initializer_list<Field> fields = {}) noexcept { write(Level::kInfo, event, fields); }
    void warning(std::string_view event, std::initializer_list<Field> fields = {}) noexcept { write(Level::kWarning, event, fields); }
    void error(std::string_view event, std::initializer_list<Field> fields = {}) noexcept { write(Level::kError, event, fields); }

    /// Logs that an operation failed for lack of memory, at most once a minute for all operations together. Allocates
    /// no memory.
    /// @param doing  the operation that failed; a constant.
    void note_memory_shortage(char const* doing) noexcept;

    void set_level(Level level) noexcept;
    [[nodiscard]] bool writes(Level level) const noexcept;

  private:
    void write_without_memory(Level level, std::string_view event) noexcept;

    struct State;
    std::unique_ptr<State> state_;
};

/// Returns the line that `write` prints for the given time, without the newline. Exposed for tests.
[[nodiscard]] std::string format_line(Format format, std::string_view time, Level level, std::string_view event, std::span<Field const> fields);
[[nodiscard]] inline std::string format_line(Format format, std::string_view time, Level level, std::string_view event,
                                             std::initializer_list<Field> fields) {
    return format_line(format, time, level, event, std::span{fields.begin(), fields.size()});
}

}  // namespace warder::log
