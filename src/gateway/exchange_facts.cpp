// SPDX-License-Identifier: MIT
// What an exchange tells the parts that it is made of about its request.
#include "gateway/exchange.hpp"

namespace warder::gateway {
LinkUser Exchange::link_user() const noexcept { return {.user = admitted_->user, .token_id = admitted_->token_id, .address = forwarding_.client}; }

/// A request has one credential, so that a token beside no `Authorization` stood elsewhere.
TokenVisibility Exchange::token_visibility() const noexcept {
    if (admitted_->token().empty()) return TokenVisibility::kNoToken;
    bool const is_passed = route().credential.kind == CredentialSource::Kind::kPass;
    bool const is_recognized = !is_passed && forwarding_.request.find("authorization").count > 0;
    return is_recognized ? TokenVisibility::kAuthorization : TokenVisibility::kHidden;
}

}  // namespace warder::gateway
