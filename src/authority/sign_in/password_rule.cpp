// SPDX-License-Identifier: MIT
#include "authority/sign_in/password_rule.hpp"

#include "core/rules.hpp"

namespace warder::authority {

Result<void> validate_password(std::string_view password) noexcept {
    auto const valid = core::validate_new_password(password);
    if (valid) return {};
    switch (valid.error()) {
        case core::TextError::kTooLong:
            return std::unexpected{Error::kPasswordTooLong};
        case core::TextError::kNotUtf8:
            return std::unexpected{Error::kPasswordNotText};
        case core::TextError::kLooksLikeToken:
            return std::unexpected{Error::kPasswordIsToken};
        case core::TextError::kControl:
            return std::unexpected{Error::kPasswordHasControl};
        case core::TextError::kBlank:
        case core::TextError::kTooShort:
            break;
    }
    return std::unexpected{Error::kPasswordTooShort};
}

}  // namespace warder::authority
