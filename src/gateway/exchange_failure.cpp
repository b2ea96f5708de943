// SPDX-License-Identifier: MIT
// Failure reports for the operator.
#include "gateway/exchange.hpp"
#include "gateway/upstream/tls_failure.hpp"
#include "gateway/worker_proxy.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace warder::gateway {
namespace {

using State = http::ResponseReader::State;

constexpr unsigned kUnauthorized = 401;
constexpr unsigned kProxyAuthenticationRequired = 407;

/// Returns whether the bytes start a TLS alert or handshake record, which a TLS server sends to a client of plain HTTP.
bool is_tls_record(std::string_view bytes) noexcept { return bytes.size() > 1 && (bytes[0] == 0x15 || bytes[0] == 0x16) && bytes[1] == 0x03; }

}  // namespace

void Exchange::note_failure(UpstreamFailure failure) {
    if (!failure_ && !is_over() && !is_ending_) failure_ = std::move(failure);
}

void Exchange::note_failure(FailureCause cause, std::string reason) { note_failure({.cause = cause, .reason = std::move(reason)}); }

void Exchange::note_no_response() {
    bool const is_read = upstream_ && response_;
    if (!is_read) return;
    if (response_->state() == State::kInvalid && !upstream_->is_at_end()) {
        if (!upstream_->stream().is_tls() && is_tls_record(upstream_->unread()))
            return note_failure(FailureCause::kTlsExpected, "the upstream speaks TLS, not plain HTTP: use an https:// URL");
        return note_failure(FailureCause::kBadHead, "the upstream's response is invalid: " + std::string{response_->error()});
    }
    if (response_->state() != State::kHead && response_->state() != State::kInvalid)
        return note_failure(FailureCause::kBadHead, "the upstream switched protocols (101) without having been asked to");
    if (auto alert = alert_failure(upstream_->tls_error())) return note_failure(std::move(*alert));
    std::string reason = upstream_->has_ended() ? "the upstream closed the connection before it sent a response"
                                                : "the upstream reset the connection before it sent a response";
    if (!upstream_->is_used() && !upstream_->stream().is_tls()) reason += "; if it speaks TLS, use an https:// URL";
    note_failure(FailureCause::kClosedBeforeResponse, std::move(reason));
}

void Exchange::note_cut_off() {
    if (!upstream_) return;
    if (upstream_->has_ended()) return note_failure(FailureCause::kCutOff, "the upstream closed the connection before its response was complete");
    if (response_->state() == State::kInvalid && !upstream_->is_at_end())
        return note_failure(FailureCause::kBadBody, "the upstream's response is invalid: " + std::string{response_->error()});
    note_failure(FailureCause::kCutOff, "the upstream's response was cut off: the connection was reset, or ended without close_notify");
}

bool Exchange::is_credential_rejected() {
    // The client would mistake a forwarded 401 for the rejection of its own token. A 407 is no better: its challenge is
    // hop-by-hop.
    auto const status = response_->status();
    if (!credential_ || (status != kUnauthorized && status != kProxyAuthenticationRequired)) return false;
    note_failure(FailureCause::kCredentialRejected,
                 "the upstream answered " + std::to_string(status) + ": it rejects the credential of the route's file");
    return true;
}

/// Returns the failure that describes what is late: it depends on what is being awaited.
UpstreamFailure Exchange::timeout() const {
    if (connector_) return connector_->timeout(route());
    auto const idle = "idle_timeout (" + duration_text(route().idle_timeout) + ")";
    if (is_head_sent_) return {.cause = FailureCause::kIdleTimeout, .reason = "the response timed out: nothing more came within " + idle};
    if (pump_ == Pump::kRunning && !is_body_complete_)
        return {.cause = FailureCause::kRequestTimeout,
                .reason = "the request timed out: the upstream accepted nothing more of its body within " + idle};
    return {.cause = FailureCause::kResponseTimeout,
            .reason = "timed out waiting for a response: none came within response_timeout (" + duration_text(route().response_timeout) + ")"};
}

http::Response Exchange::deny(auth::Denial const& denial) const {
    return gateway::deny(context_, forwarding_.request, forwarding_.client_address, denial, admitted_->user, admitted_->token_id);
}

void Exchange::report_failure() noexcept {
    if (failure_ && !stop_ && !body_error_ && !has_client_left_) proxy_->report(route(), *failure_);
}

}  // namespace warder::gateway
