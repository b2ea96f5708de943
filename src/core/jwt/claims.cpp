// SPDX-License-Identifier: MIT
#include "core/jwt/claims.hpp"

#include "core/jwt/own_claims.hpp"
#include "core/sax.hpp"
#include "core/text/json_string.hpp"
#include "core/text/json_writer.hpp"
#include "core/text/utf8.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <utility>

namespace warder::core {
namespace {

/// Collects the members of one flat object. Texts without escapes are views of the payload; others are assembled in the
/// scratch buffer.
class ClaimsReader : public SaxDefaults {
  public:
    ClaimsReader(std::string_view payload, std::span<char> scratch) : payload_{payload}, scratch_{scratch} {}

    std::optional<Claims> result() const {
        if (!username_ || !id_ || !description_ || !expires_ || !issued_) return std::nullopt;
        auto const id = TokenId::parse(*id_);
        if (!id || !is_utf8(payload_)) return std::nullopt;
        Claims claims{.username = *username_,
                      .id = *id,
                      .description = *description_,
                      .expires_at = *expires_,
                      .issued_at = *issued_,
                      .not_before = not_before_};
        return claims;
    }

    bool on_object_begin(Code& code) { return depth_++ == 0 || stop(code); }
    bool on_array_begin(Code& code) {
        // Arrays are allowed as the value of `endpoints`, if it has no nested array, and inside unknown members, whose
        // content is ignored.
        if (depth_ == 0 || is_text() || is_time() || (is_list() && depth_ > 1)) return stop(code);
        ++depth_;
        return true;
    }
    bool on_array_end(std::size_t, Code&) {
        --depth_;
        return true;
    }
    bool on_key_part(Text part, std::size_t, Code& code) { return gather(part, code); }
    bool on_key(Text part, std::size_t, Code& code) {
        if (!gather(part, code)) return false;
        key_ = take();
        auto const known = keys_.begin() + static_cast<std::ptrdiff_t>(key_count_);
        if (key_count_ == keys_.size() || std::find(keys_.begin(), known, key_) != known) return stop(code);
        keys_[key_count_++] = key_;
        return true;
    }
    bool on_string_part(Text part, std::size_t, Code& code) { return gather(part, code); }
    bool on_string(Text part, std::size_t, Code& code) {
        if (!gather(part, code)) return false;
        auto const text = take();
        if (depth_ != 1) return true;
        if (key_ == "username") username_ = text;
        else if (key_ == "jwt_token_id") id_ = text;
        else if (key_ == "jwt_token_description") description_ = text;
        else return (!is_time() && !is_list()) || stop(code);
        return true;
    }
    bool on_int64(std::int64_t value, Text, Code& code) {
        if (!is_time() || depth_ != 1) return other(code);
        if (value < 0 || value > kLastSecond) return stop(code);
        auto const instant = Instant{std::chrono::seconds{value}};
        (key_ == "exp" ? expires_ : key_ == "iat" ? issued_ : not_before_) = instant;
        return true;
    }
    bool on_uint64(std::uint64_t, Text, Code& code) { return other(code); }
    bool on_double(double, Text, Code& code) { return other(code); }
    bool on_bool(bool, Code& code) { return other(code); }
    bool on_null(Code& code) { return other(code); }

  private:
    bool is_text() const { return key_ == "username" || key_ == "jwt_token_id" || key_ == "jwt_token_description"; }
    bool is_time() const { return key_ == "exp" || key_ == "iat" || key_ == "nbf"; }
    bool is_list() const { return key_ == "endpoints"; }
    /// Handles a value that is neither a string nor a valid time.
    bool other(Code& code) const { return (!is_list() && (depth_ != 1 || (!is_text() && !is_time()))) || stop(code); }

    bool is_inside(Text part) const {
        return std::greater_equal<>{}(part.data(), payload_.data()) &&
               std::less_equal<>{}(part.data() + part.size(), payload_.data() + payload_.size());
    }

    bool gather(Text part, Code& code) {
        if (part.empty()) return true;
        if (text_.empty() && is_inside(part)) {
            text_ = {part.data(), part.size()};
            return true;
        }
        // This is a further piece of the text, or the parser unescaped it into its own buffer: continue in the scratch
        // buffer.
        if (text_.data() != scratch_.data() + used_ && !copy(text_, code)) return false;
        return copy({part.data(), part.size()}, code);
    }
    bool copy(std::string_view piece, Code& code) {
        auto const* const start = scratch_.data() + used_;
        auto const length = text_.data() == start ? text_.size() : 0;
        if (used_ + length + piece.size() > scratch_.size()) return stop(code);
        std::copy(piece.begin(), piece.end(), scratch_.data() + used_ + length);
        text_ = {start, length + piece.size()};
        return true;
    }
    std::string_view take() {
        if (text_.data() == scratch_.data() + used_) used_ += text_.size();
        return std::exchange(text_, {});
    }

    std::string_view payload_;
    std::span<char> scratch_;
    std::size_t used_ = 0;
    std::string_view text_;
    std::string_view key_;
    std::array<std::string_view, kMaxClaims> keys_;
    std::size_t key_count_ = 0;
    int depth_ = 0;
    std::optional<std::string_view> username_, id_, description_;
    std::optional<Instant> expires_, issued_, not_before_;
};

std::string seconds_of(Instant instant) { return std::to_string(instant.time_since_epoch().count()); }

}  // namespace

std::optional<Claims> read_claims(std::string_view payload, std::span<char> scratch) noexcept {
    if (auto const own = read_own_claims(payload)) return own;
    boost::json::basic_parser<ClaimsReader> parser{boost::json::parse_options{}, payload, scratch};
    boost::json::error_code code;
    auto const consumed = parser.write_some(false, payload.data(), payload.size(), code);
    if (code || consumed != payload.size()) return std::nullopt;
    return parser.handler().result();
}

std::string write_claims(Claims const& claims) {
    std::string out = R"({"username":)";
    append_ascii_json_string(out, claims.username);
    out += R"(,"jwt_token_id":)";
    append_ascii_json_string(out, claims.id.text());
    out += R"(,"jwt_token_description":)";
    append_ascii_json_string(out, claims.description);
    out += R"(,"exp":)" + seconds_of(claims.expires_at);
    out += R"(,"iat":)" + seconds_of(claims.issued_at);
    if (claims.endpoints != nullptr) append_json_grants(out += R"(,"endpoints":)", *claims.endpoints);
    out += '}';
    return out;
}

}  // namespace warder::core
