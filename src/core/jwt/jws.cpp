// SPDX-License-Identifier: MIT
#include "core/jwt/jws.hpp"

#include "core/json.hpp"
#include "core/rules.hpp"
#include "core/text/ascii.hpp"
#include "core/text/base64url.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>
#include <new>

namespace warder::core {
namespace {

// {"typ":"JWT","alg":"HS256"} as Warder writes it, and {"alg":"HS256","typ":"JWT"} as PyJWT 2 does. Nearly every header
// without `kid` is one of these.
constexpr std::string_view kOwnHeader = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";
constexpr std::string_view kPyJwtHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

// Start and end of every header that Warder writes with a `kid`.
constexpr std::string_view kNamedStart = R"({"typ":"JWT","alg":"HS256","kid":")";
constexpr std::string_view kNamedEnd = R"("})";

/// Members that would change the meaning of the signature, or bring the sender's own key (RFC 8725, section 3.10; RFC
/// 7515, section 4.1.11; RFC 7797).
constexpr auto kForeignMembers = std::to_array<std::string_view>({"crit", "b64", "jku", "jwk", "x5u", "x5c"});

std::expected<JwsHeader, HeaderError> validate(boost::json::object const& header, std::span<char> scratch) {
    auto const is_foreign = [&](std::string_view name) { return header.contains({name.data(), name.size()}); };
    if (std::ranges::any_of(kForeignMembers, is_foreign)) return std::unexpected{HeaderError::kForeign};

    auto const* const algorithm = header.if_contains("alg");
    if (algorithm == nullptr || *algorithm != "HS256") return std::unexpected{HeaderError::kForeign};
    if (auto const* const type = header.if_contains("typ")) {
        if (!type->is_string() || fold_name({type->get_string().data(), type->get_string().size()}) != "jwt")
            return std::unexpected{HeaderError::kForeign};
    }
    auto const* const kid = header.if_contains("kid");
    if (kid == nullptr) return JwsHeader{};
    if (!kid->is_string() || kid->get_string().empty() || kid->get_string().size() > scratch.size()) return std::unexpected{HeaderError::kForeign};
    auto const& id = kid->get_string();
    std::ranges::copy(id, scratch.begin());
    return JwsHeader{.kid = std::string_view{scratch.data(), id.size()}};
}

bool needs_no_escape(char byte) noexcept { return is_alphanumeric(byte) || byte == '-' || byte == '_'; }

/// Returns the key id of a header that is exactly as Warder writes it, as nearly every header is after the first
/// rotation.
std::optional<std::string_view> kid_of_own(std::string_view header) noexcept {
    if (!header.starts_with(kNamedStart) || !header.ends_with(kNamedEnd) || header.size() <= kNamedStart.size() + kNamedEnd.size())
        return std::nullopt;
    auto const id = header.substr(kNamedStart.size(), header.size() - kNamedStart.size() - kNamedEnd.size());
    return std::ranges::all_of(id, needs_no_escape) ? std::optional{id} : std::nullopt;
}

std::expected<JwsHeader, HeaderError> check_member(std::string_view header, std::span<char> scratch) noexcept {
    try {
        auto const value = read_json(header);
        if (!value || !value->is_object()) return std::unexpected{HeaderError::kNotJson};
        return validate(value->get_object(), scratch);
    } catch (std::bad_alloc const&) {
        return std::unexpected{HeaderError::kNotJson};  // a header that can't be read for lack of memory is rejected
    }
}

}  // namespace

std::optional<CompactJws> split_jws(std::string_view text) noexcept {
    if (text.size() > kMaxTokenText) return std::nullopt;
    auto const first = text.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    auto const second = text.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    CompactJws const jws{.header = text.substr(0, first),
                         .payload = text.substr(first + 1, second - first - 1),
                         .signature = text.substr(second + 1),
                         .signing_input = text.substr(0, second)};
    if (jws.header.empty() || jws.payload.empty() || jws.signature.empty()) return std::nullopt;
    if (jws.signature.find('.') != std::string_view::npos) return std::nullopt;
    return jws;
}

std::expected<SignatureBytes, SignatureError> read_signature(CompactJws const& jws) noexcept {
    SignatureBytes bytes{};
    if (base64url_decoded_length(jws.signature.size()) != bytes.size()) return std::unexpected{SignatureError::kOtherLength};
    if (!decode_base64url(jws.signature, {reinterpret_cast<char*>(bytes.data()), bytes.size()}))
        return std::unexpected{SignatureError::kNotBase64url};
    return bytes;
}

std::expected<JwsHeader, HeaderError> read_jws_header(std::string_view header, std::span<char> scratch) noexcept {
    if (header == kOwnHeader || header == kPyJwtHeader) return JwsHeader{};

    auto const text = decode_base64url(header, scratch);
    if (!text) return std::unexpected{HeaderError::kNotBase64url};
    if (auto const kid = kid_of_own(*text)) return JwsHeader{.kid = kid};
    return check_member(*text, scratch);
}

std::string make_jws_header(std::optional<std::string_view> kid) {
    if (!kid) return std::string{kOwnHeader};
    // Key ids consist of base64url characters and need no escapes.
    return to_base64url(std::string{kNamedStart}.append(*kid).append(kNamedEnd));
}

}  // namespace warder::core
