// SPDX-License-Identifier: MIT
// What an upstream says before its final response.
#include "gateway/exchange.hpp"

namespace warder::gateway {
namespace {

constexpr unsigned kContinueStatus = 100;  // the gateway's own affair: it has said so to the client already
constexpr unsigned kMaxInterimResponses = 16;

}  // namespace

/// Forwards a 1xx response (RFC 9110 §15.2). Clients of HTTP/1.0 know none; beyond a number that no upstream needs they are dropped.
/// False: the client is gone, or may not go on.
net::Task<bool> Exchange::relay_interim() {
    if (offers_connection_auth(response_->fields())) link_->bind();
    auto const& connection = response_->connection();
    bool const is_forwarded = response_->status() != kContinueStatus && forwarding_.facts.minor_version > 0 && connection;
    if (!is_forwarded || interim_responses_ == kMaxInterimResponses) co_return true;
    ++interim_responses_;
    append_client_head(forwarding_.link.out(),
                       {.status = response_->status(), .reason = response_->reason(), .fields = response_->fields(), .connection = *connection}, {},
                       {});
    bool const is_flushed = co_await flush();
    co_return is_flushed;
}

}  // namespace warder::gateway
