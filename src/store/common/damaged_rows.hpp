// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace warder::store {

/// Counts the users and tokens of a store that can't be read, and keeps where the first of them are. It never holds any
/// of their content.
class DamagedRows {
  public:
    void add_user(std::string_view location) { add(users_, location); }
    void add_token(std::string_view location) { add(tokens_, location); }
    void clear() { *this = {}; }

    [[nodiscard]] std::int64_t users() const noexcept { return users_; }
    [[nodiscard]] std::int64_t tokens() const noexcept { return tokens_; }
    [[nodiscard]] bool empty() const noexcept { return users_ + tokens_ == 0; }
    /// Returns the first five places, separated by commas; "..." follows if there are more.
    [[nodiscard]] std::string const& locations() const noexcept { return locations_; }

    friend bool operator==(DamagedRows const&, DamagedRows const&) = default;

  private:
    void add(std::int64_t& count, std::string_view location) {
        constexpr std::int64_t kNamed = 5;
        ++count;
        if (users_ + tokens_ > kNamed + 1) return;
        if (users_ + tokens_ == kNamed + 1) locations_ += ", ...";
        else locations_.append(locations_.empty() ? "" : ", ").append(location);
    }

    std::int64_t users_ = 0;
    std::int64_t tokens_ = 0;
    std::string locations_;
};

[[nodiscard]] inline std::string user_location(std::int64_t row) { return "users row " + std::to_string(row); }
[[nodiscard]] inline std::string token_location(std::int64_t row) { return "tokens row " + std::to_string(row); }

/// Returns the end of a sentence, such as "2 users and 1 token can't be read (users row 3, ...)".
[[nodiscard]] inline std::string describe(DamagedRows const& damaged) {
    auto const count = [](std::int64_t number, std::string_view noun) {
        return std::to_string(number).append(" ").append(noun).append(number == 1 ? "" : "s");
    };
    return count(damaged.users(), "user")
        .append(" and ")
        .append(count(damaged.tokens(), "token"))
        .append(" can't be read (")
        .append(damaged.locations())
        .append(")");
}

}  // namespace warder::store
