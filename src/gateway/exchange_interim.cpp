// SPDX-License-Identifier: MIT
// Forwards interim (1xx) responses.
#include "gateway/exchange.hpp"

namespace warder::gateway {
namespace {

constexpr unsigned kContinueStatus = 100;  // not forwarded: the gateway has sent its own to the client
constexpr unsigned kMaxInterimResponses = 16;

}  // namespace

/// Forwards a 1xx response (RFC 9110 §15.2). It is dropped if the client uses HTTP/1.0, which has none, or if there have
/// been more than any upstream needs.
/// @return false if the client is gone or the exchange must stop.
net::Task<bool> Exchange::relay_interim() {
    if (offers_connection_auth(response_->fields())) upstream_->bind();
    auto const& connection = response_->connection();
    bool const is_forwarded = response_->status() != kContinueStatus && forwarding_.facts.minor_version > 0 && connection;
    if (!is_forwarded || interim_responses_ == kMaxInterimResponses) co_return true;
    ++interim_responses_;
    append_client_head(forwarding_.connection.out(),
                       {.status = response_->status(), .reason = response_->reason(), .fields = response_->fields(), .connection = *connection}, {},
                       {});
    bool const is_flushed = co_await flush();
    co_return is_flushed;
}

}  // namespace warder::gateway
