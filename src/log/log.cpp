// SPDX-License-Identifier: MIT
#include "log/log.hpp"

#include "log/quoted.hpp"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <iterator>
#include <new>
#include <unistd.h>
#include <utility>

namespace warder::log {
namespace {

constexpr auto kLevels = std::to_array<std::pair<std::string_view, Level>>(
    {{"debug", Level::kDebug}, {"info", Level::kInfo}, {"warning", Level::kWarning}, {"error", Level::kError}});

constexpr std::chrono::minutes kShortageSilence{1};

std::string_view word(Level level) noexcept { return std::ranges::find(kLevels, level, &std::pair<std::string_view, Level>::second)->first; }

void append_text(std::string& out, Format format, std::string_view text) {
    if (format == Format::kLogfmt && is_bare_word(text)) out += text;
    else append_quoted(out, text);
}

/// JSON can't express infinity or NaN.
void append_number(std::string& out, Format format, double number) {
    if (format == Format::kJson && !std::isfinite(number)) out += "null";
    else fmt::format_to(std::back_inserter(out), "{}", number);
}

void append_value(std::string& out, Format format, Field const& field) {
    if (auto const* const text = std::get_if<std::string_view>(&field.value)) append_text(out, format, *text);
    else if (auto const* const flag = std::get_if<bool>(&field.value)) out += *flag ? "true" : "false";
    else if (auto const* const number = std::get_if<std::int64_t>(&field.value)) fmt::format_to(std::back_inserter(out), "{}", *number);
    else append_number(out, format, std::get<double>(field.value));
}

void append_field(std::string& out, Format format, Field const& field) {
    bool const is_json = format == Format::kJson;
    bool const is_first = out == (is_json ? "{" : "");
    if (!is_first) out += is_json ? ',' : ' ';
    if (is_json) append_quoted(out, field.key);
    else out += field.key;
    out += is_json ? ':' : '=';
    append_value(out, format, field);
}

/// Returns the current time, terminated by a NUL. Allocates no memory.
std::array<char, 32> now_bytes() noexcept {
    auto const now = std::chrono::system_clock::now();
    auto const seconds = std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(now));
    auto const milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 32> text{};
    auto const length = std::strftime(text.data(), text.size(), "%FT%T", &utc);
    std::snprintf(text.data() + length, text.size() - length, ".%03dZ", static_cast<int>(milliseconds));
    return text;
}

/// Writes a line that was formatted by `snprintf`. Allocates no memory.
void write_raw(std::span<char const> line, int length) noexcept {
    if (length > 0 && ::write(STDERR_FILENO, line.data(), std::min(line.size() - 1, static_cast<std::size_t>(length))) < 0) return;
}

std::string now_text() { return now_bytes().data(); }

}  // namespace

std::optional<Level> read_level(std::string_view text) noexcept {
    auto const found = std::ranges::find(kLevels, text, &std::pair<std::string_view, Level>::first);
    return found == kLevels.end() ? std::nullopt : std::optional{found->second};
}

std::string format_line(Format format, std::string_view time, Level level, std::string_view event, std::span<Field const> fields) {
    std::string line = format == Format::kJson ? "{" : "";
    append_field(line, format, {"time", time});
    append_field(line, format, {"level", word(level)});
    append_field(line, format, {"event", event});
    for (auto const& field : fields) append_field(line, format, field);
    if (format == Format::kJson) line += '}';
    return line;
}

struct Logger::State {
    std::atomic<Level> level;
    Format format;
    spdlog::logger sink;
    std::atomic<std::chrono::steady_clock::time_point> shortage_silent_until{std::chrono::steady_clock::time_point::min()};
};

Logger::Logger(Level level, Format format)
    : state_{new State{.level = level, .format = format, .sink = spdlog::logger{"warder", std::make_shared<spdlog::sinks::stderr_sink_mt>()}}} {
    state_->sink.set_pattern("%v");
    state_->sink.set_level(spdlog::level::trace);
    state_->sink.flush_on(spdlog::level::trace);
    // The handler is called in a catch block, and without it the library would print the error to standard error.
    state_->sink.set_error_handler([](std::string const&) { throw; });
}

Logger::~Logger() = default;

void Logger::write(Level level, std::string_view event, std::span<Field const> fields) noexcept {
    if (!writes(level)) return;
    try {
        state_->sink.log(spdlog::level::info, "{}", format_line(state_->format, now_text(), level, event, fields));
    } catch (std::bad_alloc const&) {
        write_without_memory(level, event);
    } catch (...) {  // NOLINT(bugprone-empty-catch): if standard error can't be written, there is nowhere to say so
    }
}

/// Writes a line without its fields: which event it was matters most.
void Logger::write_without_memory(Level level, std::string_view event) noexcept {
    auto const* const format = state_->format == Format::kJson ? R"({"time":"%s","level":"%.*s","event":"%.*s","memory_short":true})"
                                                                 "\n"
                                                               : "time=%s level=%.*s event=%.*s memory_short=true\n";
    auto const name = word(level);
    std::array<char, 256> line{};
    write_raw(line, std::snprintf(line.data(), line.size(), format, now_bytes().data(), static_cast<int>(name.size()), name.data(),
                                  static_cast<int>(event.size()), event.data()));
}

void Logger::note_memory_shortage(char const* doing) noexcept {
    if (!writes(Level::kError)) return;
    auto const now = std::chrono::steady_clock::now();
    auto& silent_until = state_->shortage_silent_until;
    auto until = silent_until.load(std::memory_order_relaxed);
    if (now < until || !silent_until.compare_exchange_strong(until, now + kShortageSilence, std::memory_order_relaxed)) return;
    auto const* const format =
        state_->format == Format::kJson
            ? R"({"time":"%s","level":"error","event":"memory_short","doing":"%s","effect":"it was not done; the server goes on"})"
              "\n"
            : "time=%s level=error event=memory_short doing=\"%s\" effect=\"it was not done; the server goes on\"\n";
    std::array<char, 256> line{};
    write_raw(line, std::snprintf(line.data(), line.size(), format, now_bytes().data(), doing));
}

void Logger::set_level(Level level) noexcept { state_->level = level; }
bool Logger::writes(Level level) const noexcept { return level >= state_->level.load(std::memory_order_relaxed); }

}  // namespace warder::log
