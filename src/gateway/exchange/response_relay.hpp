// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange/exchange_state.hpp"
#include "gateway/exchange/request_pump.hpp"
#include "gateway/exchange/tunnel.hpp"
#include "gateway/heads/client_head.hpp"
#include "http/response_reader.hpp"

#include <optional>

namespace warder::gateway {

class UpstreamCall;

/// Forwards responses to the client, at most a window of the body at a time.
class ResponseRelay {
  public:
    ResponseRelay(ExchangeState& exchange, RequestPump& pump, UpstreamCall& call) noexcept : exchange_{&exchange}, pump_{&pump}, call_{&call} {}

    /// Forwards a 1xx response (RFC 9110 §15.2). It is dropped if the client uses HTTP/1.0, which has none, or if there have
    /// been more than any upstream needs.
    /// @return false if the client is gone or the exchange must stop.
    net::Task<bool> relay_interim();

    /// Appends the final response to the client's output: the head, and what has arrived of the body. Most bodies arrive
    /// together with their head.
    /// @return an error if the response can't be forwarded; then nothing was appended.
    Outcome begin();
    /// Returns whether the end of the response was appended.
    [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }
    /// Forwards the rest of the body as it arrives; after a 101, runs the tunnel.
    net::Task<void> relay_rest();
    /// Call at the end, once the pump has ended: keeps the upstream's connection, or makes an incomplete response recognizable.
    /// @return whether the client's connection can take another request.
    bool end();

    /// Returns the tunnel; null if none was opened.
    [[nodiscard]] Tunnel* tunnel() noexcept { return tunnel_ ? &*tunnel_ : nullptr; }

  private:
    [[nodiscard]] TokenVisibility token_visibility() const noexcept;
    void append_received();
    net::Task<void> run_tunnel();
    net::Task<void> relay_body();

    ExchangeState* exchange_;
    RequestPump* pump_;
    UpstreamCall* call_;
    ResponseFraming framing_;
    bool is_whole_ = false;
    bool is_request_sent_ = false;
    unsigned interim_responses_ = 0;  ///< Number of forwarded 1xx responses.
    std::optional<Tunnel> tunnel_;
};

}  // namespace warder::gateway
