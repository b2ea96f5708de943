// SPDX-License-Identifier: MIT
#include "authority/password_rule.hpp"

#include "core/rules.hpp"

namespace warder::authority {

std::optional<Error> judge_password(std::string_view password) noexcept {
    auto const fault = core::judge_new_password(password);
    if (!fault) return std::nullopt;
    switch (*fault) {
        case core::TextFault::kTooLong:
            return Error::kPasswordTooLong;
        case core::TextFault::kNotUtf8:
            return Error::kPasswordNotText;
        case core::TextFault::kLooksLikeToken:
            return Error::kPasswordIsToken;
        case core::TextFault::kControl:
            return Error::kPasswordHasControl;
        case core::TextFault::kBlank:
        case core::TextFault::kTooShort:
            break;
    }
    return Error::kPasswordTooShort;
}

}  // namespace warder::authority
