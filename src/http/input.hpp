// SPDX-License-Identifier: MIT
#pragma once

#include "http/response.hpp"
#include "warder/duration.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warder::http {

/// A key that a call takes.
struct InputField {
    enum class Kind : std::uint8_t { kText, kFlag, kDuration } kind;  ///< A duration is a text or a number of seconds.
    std::string_view name;
    bool is_required = false;
};

/// A request's JSON object, checked against what the call declares: only these keys, of these types, none missing.
class Input {
  public:
    /// @return else 400 `bad_json`, with the place, `bad_field`, with the key, or `bad_life` for a duration that no double can hold.
    static std::expected<Input, Response> read(std::string_view body, std::span<InputField const> fields);

    [[nodiscard]] std::optional<std::string> text(std::string_view name) const;
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const { return object_.contains({name.data(), name.size()}); }

    /// The duration, judged as the life of a token; 400 `bad_life` else. The key must be there.
    [[nodiscard]] std::expected<Seconds, Response> life(std::string_view name, Seconds max_life) const;
    /// A duration of any length that is not negative.
    [[nodiscard]] std::expected<Seconds, Response> span(std::string_view name) const;

  private:
    [[nodiscard]] boost::json::value const* find(std::string_view name) const noexcept { return object_.if_contains({name.data(), name.size()}); }

    boost::json::object object_;
};

/// A required key whose absence only the call can judge.
[[nodiscard]] Response refuse_missing(std::string_view name);

}  // namespace warder::http
