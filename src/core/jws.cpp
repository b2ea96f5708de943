// SPDX-License-Identifier: MIT
#include "core/jws.hpp"

#include "core/base64url.hpp"
#include "core/json.hpp"
#include "core/rules.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace warder::core {
namespace {

// {"typ":"JWT","alg":"HS256"} as we write it and {"alg":"HS256","typ":"JWT"} as PyJWT 2 does: nearly every header is one of them.
constexpr std::string_view kOwnHeader = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9";
constexpr std::string_view kPyJwtHeader = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9";

/// Members that would change what the signature means, or bring a key of the sender's own (RFC 8725 §3.10, RFC 7515 §4.1.11, RFC 7797).
constexpr auto kForeignMembers = std::to_array<std::string_view>({"crit", "b64", "jku", "jwk", "x5u", "x5c"});

std::expected<JwsHeader, HeaderFault> judge(boost::json::object const& header, std::span<char> scratch) {
    auto const is_foreign = [&](std::string_view name) { return header.contains({name.data(), name.size()}); };
    if (std::ranges::any_of(kForeignMembers, is_foreign)) return std::unexpected{HeaderFault::kForeign};

    auto const* const algorithm = header.if_contains("alg");
    if (algorithm == nullptr || *algorithm != "HS256") return std::unexpected{HeaderFault::kForeign};
    if (auto const* const type = header.if_contains("typ")) {
        if (!type->is_string() || fold_name({type->get_string().data(), type->get_string().size()}) != "jwt") return std::unexpected{HeaderFault::kForeign};
    }
    auto const* const kid = header.if_contains("kid");
    if (kid == nullptr) return JwsHeader{};
    if (!kid->is_string() || kid->get_string().empty() || kid->get_string().size() > scratch.size()) return std::unexpected{HeaderFault::kForeign};
    auto const& id = kid->get_string();
    std::ranges::copy(id, scratch.begin());
    return JwsHeader{.kid = std::string_view{scratch.data(), id.size()}};
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

std::expected<JwsHeader, HeaderFault> read_jws_header(std::string_view header, std::span<char> scratch) noexcept {
    if (header == kOwnHeader || header == kPyJwtHeader) return JwsHeader{};

    auto const text = decode_base64url(header, scratch);
    if (!text) return std::unexpected{HeaderFault::kNotBase64url};
    auto const value = read_json(*text);
    if (!value || !value->is_object()) return std::unexpected{HeaderFault::kNotJson};
    return judge(value->get_object(), scratch);
}

std::string make_jws_header(std::optional<std::string_view> kid) {
    if (!kid) return std::string{kOwnHeader};
    // Ids of keys are made of base64url characters alone: nothing in them needs an escape.
    return to_base64url(R"({"typ":"JWT","alg":"HS256","kid":")" + std::string{*kid} + R"("})");
}

}  // namespace warder::core
