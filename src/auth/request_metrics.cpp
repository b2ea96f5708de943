// SPDX-License-Identifier: MIT
#include "auth/request_metrics.hpp"

#include "core/text/enum_texts.hpp"

namespace warder::auth {

std::string_view code(Limit limit) noexcept {
    static constexpr core::EnumTexts<Limit::kIdleTimeout> kCodes{{
        {Limit::kConnections, "connections"},
        {Limit::kHeader, "header"},
        {Limit::kBody, "body"},
        {Limit::kPasswordQueue, "password_queue"},
        {Limit::kHeaderTimeout, "header_timeout"},
        {Limit::kIdleTimeout, "idle_timeout"},
    }};
    return kCodes[limit];
}

std::string_view code(SignInOutcome outcome) noexcept {
    static constexpr core::EnumTexts<SignInOutcome::kBusy> kCodes{{
        {SignInOutcome::kOk, "ok"},
        {SignInOutcome::kCached, "cached"},
        {SignInOutcome::kWrong, "wrong"},
        {SignInOutcome::kThrottled, "throttled"},
        {SignInOutcome::kBusy, "busy"},
    }};
    return kCodes[outcome];
}

}  // namespace warder::auth
