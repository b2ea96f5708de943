// SPDX-License-Identifier: MIT
#include "authority/sign_in/password_rule.hpp"

#include "core/rules.hpp"

namespace warder::authority {

std::optional<Error> validate_password(std::string_view password) noexcept {
    auto const error = core::validate_new_password(password);
    if (!error) return std::nullopt;
    switch (*error) {
        case core::TextError::kTooLong:
            return Error::kPasswordTooLong;
        case core::TextError::kNotUtf8:
            return Error::kPasswordNotText;
        case core::TextError::kLooksLikeToken:
            return Error::kPasswordIsToken;
        case core::TextError::kControl:
            return Error::kPasswordHasControl;
        case core::TextError::kBlank:
        case core::TextError::kTooShort:
            break;
    }
    return Error::kPasswordTooShort;
}

}  // namespace warder::authority
