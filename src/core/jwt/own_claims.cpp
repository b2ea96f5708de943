// SPDX-License-Identifier: MIT
#include "core/jwt/own_claims.hpp"

#include "core/text/simd.hpp"

#include <chrono>
#include <cstddef>

namespace warder::core {
namespace {

/// Returns whether the text is printable ASCII without a backslash, so that every quote delimits a string.
bool is_plain(std::string_view payload) noexcept {
    return all_bytes(payload, ' ', [](SimdBytes bytes) { return in_range(bytes, ' ', '~') & ~equal(bytes, '\\'); });
}

/// The text that is left to read. Each call removes a piece from its front, or fails if the piece is not there.
class Rest {
  public:
    explicit Rest(std::string_view text) : text_{text} {}

    bool skip(std::string_view wanted) noexcept {
        if (!text_.starts_with(wanted)) return false;
        text_.remove_prefix(wanted.size());
        return true;
    }

    /// Takes the text up to the quote that ends the string, and the quote.
    std::optional<std::string_view> text() noexcept {
        auto const quote = text_.find('"');
        if (quote == std::string_view::npos) return std::nullopt;
        auto const found = text_.substr(0, quote);
        text_.remove_prefix(quote + 1);
        return found;
    }

    std::optional<Instant> time() noexcept {
        std::int64_t seconds = 0;
        std::size_t count = 0;
        for (; count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
            seconds = seconds * 10 + (text_[count] - '0');
            if (seconds > kLastSecond) return std::nullopt;
        }
        if (count == 0 || (count > 1 && text_.front() == '0')) return std::nullopt;
        text_.remove_prefix(count);
        return Instant{std::chrono::seconds{seconds}};
    }

    /// Skips a list of strings after its first quote. The content doesn't matter: the store has the current grants.
    bool skip_texts() noexcept {
        do {
            if (!text()) return false;
        } while (skip(",\""));
        return skip("]");
    }

    [[nodiscard]] bool is_empty() const noexcept { return text_.empty(); }

  private:
    std::string_view text_;
};

}  // namespace

std::optional<Claims> read_own_claims(std::string_view payload) noexcept {
    if (!is_plain(payload)) return std::nullopt;
    Rest rest{payload};
    if (!rest.skip(R"({"username":")")) return std::nullopt;
    auto const username = rest.text();
    if (!username || !rest.skip(R"(,"jwt_token_id":")")) return std::nullopt;
    auto const id_text = rest.text();
    auto const id = id_text ? TokenId::parse(*id_text) : std::nullopt;
    if (!id || !rest.skip(R"(,"jwt_token_description":")")) return std::nullopt;
    auto const description = rest.text();
    if (!description || !rest.skip(R"(,"exp":)")) return std::nullopt;
    auto const expires_at = rest.time();
    if (!expires_at || !rest.skip(R"(,"iat":)")) return std::nullopt;
    auto const issued_at = rest.time();
    if (!issued_at) return std::nullopt;
    if (rest.skip(R"(,"endpoints":[")") && !rest.skip_texts()) return std::nullopt;
    if (!rest.skip("}") || !rest.is_empty()) return std::nullopt;
    return Claims{.username = *username,
                  .id = *id,
                  .description = *description,
                  .expires_at = *expires_at,
                  .issued_at = *issued_at,
                  .not_before = std::nullopt};
}

}  // namespace warder::core
