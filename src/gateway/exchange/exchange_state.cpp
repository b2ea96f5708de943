// SPDX-License-Identifier: MIT
#include "gateway/exchange/exchange_state.hpp"

#include "auth/errors.hpp"
#include "gateway/worker_proxy.hpp"

namespace warder::gateway {
namespace {

constexpr std::chrono::seconds kLeftFor{2};

}  // namespace

http::Response ExchangeState::deny(auth::Denial const& denial) const { return gateway::deny(*log, forwarding.request, denial); }

std::unexpected<ExchangeEnd> ExchangeState::failure() const {
    if (end_ && end_->cause != ExchangeEnd::Cause::kClientLeft) return std::unexpected{*end_};
    auto const cause = failure_ ? failure_->cause : FailureCause::kBadHead;
    return std::unexpected{ExchangeEnd{.cause = end_ ? end_->cause : ExchangeEnd::Cause::kUpstream,
                                       .response = auth::error_response(502, "upstream_failed", client_message(cause))}};
}

void ExchangeState::report_failure() noexcept {
    if (failure_ && (!end_ || end_->cause == ExchangeEnd::Cause::kTimeout)) proxy->report(routes(), route(), *failure_);
}

net::Task<bool> ExchangeState::flush() {
    bool const is_flushed = co_await forwarding.connection.flush();
    if (is_flushed) out_before = 0;
    else end(ExchangeEnd::Cause::kClientLeft);
    co_return is_flushed && !end_;
}

bool ExchangeState::has_client_left(Time now) noexcept {
    if (!is_awaiting() || stage_ == Stage::kTunnel || !forwarding.connection.stream().is_half_closed()) {
        left_by_ = Time::max();
        return false;
    }
    if (left_by_ == Time::max()) left_by_ = now + kLeftFor;
    return now >= left_by_;
}

}  // namespace warder::gateway
