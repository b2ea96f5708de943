// SPDX-License-Identifier: MIT
#include "gateway/heads/connection_auth.hpp"

#include "http/field_name.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>

namespace warder::gateway {
namespace {

constexpr auto kSchemes = std::to_array<std::string_view>({"negotiate", "ntlm", "kerberos", "nego2"});
constexpr auto kSchemeChars = http::make_char_table("-_");

/// Microsoft's servers send `Persistent-Auth` and `Proxy-Support` together with those schemes.
constexpr auto kOfferNames = std::to_array<std::string_view>({"www-authenticate", "proxy-authenticate", "persistent-auth", "proxy-support"});
constexpr http::NameSet kOffers{kOfferNames};
constexpr http::FieldNames kOfferSummary{kOfferNames};

bool is_scheme(std::string_view word) noexcept {
    return std::ranges::any_of(kSchemes, [word](std::string_view scheme) { return http::equal_ignoring_case(word, scheme); });
}

bool is_offer(http::HeaderField const& field) noexcept {
    if (!kOffers.contains(field.name)) return false;
    return field.name.size() != std::string_view{"www-authenticate"}.size() && field.name.size() != std::string_view{"proxy-authenticate"}.size()
               ? true
               : names_connection_auth(field.value);
}

}  // namespace

bool names_connection_auth(std::string_view value) noexcept {
    // Every word counts, regardless of its position: a parser that follows the grammar would miss a scheme that a more lenient
    // server finds.
    while (!value.empty()) {
        auto const is_word = [](char c) { return kSchemeChars[static_cast<unsigned char>(c)]; };
        auto const begin = std::ranges::find_if(value, is_word);
        auto const end = std::find_if_not(begin, value.end(), is_word);
        if (is_scheme({begin, end})) return true;
        value = {end, value.end()};
    }
    return false;
}

bool uses_connection_auth(http::Request const& request, bool passes_authorization) noexcept {
    bool const has_credential =
        (passes_authorization && request.names.may_contain("authorization")) || request.names.may_contain("proxy-authorization");
    return has_credential && std::ranges::any_of(request.header(), [passes_authorization](auto const& field) {
               bool const is_used =
                   http::is_same_name(field.name, "authorization") ? passes_authorization : http::is_same_name(field.name, "proxy-authorization");
               return is_used && names_connection_auth(field.value);
           });
}

bool offers_connection_auth(http::HeaderFields fields) noexcept {
    return fields.names().may_contain_any(kOfferSummary) && std::ranges::any_of(fields, is_offer);
}

}  // namespace warder::gateway
