// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange/exchange_state.hpp"
#include "gateway/exchange/request_pump.hpp"
#include "gateway/exchange/response_relay.hpp"
#include "gateway/exchange/upstream_call.hpp"
#include "gateway/rpc/json_rpc.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace warder::gateway {

/// One request forwarded to an upstream, and its response. Both directions stream: at most a window of each body is
/// buffered, except for a JSON-RPC body, which is authorized as a whole before its first byte is sent.
class Exchange {
  public:
    /// @param admitted  authorized as far as that is possible without the body. @param proxy  it, the log and everything that `forwarding` refers to
    /// must outlive the exchange.
    Exchange(WorkerProxy& proxy, ProxyRoute route, Admitted admitted, auth::RequestContext const& context, auth::RequestLog& log,
             Forwarding const& forwarding);
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;
    ~Exchange();

    /// Runs the exchange. If it throws, join the pump and call `abandon`.
    /// @return whether the client's connection can take another request.
    net::Task<bool> run();

    /// Returns the task that sends the request's body. It must have ended before the exchange is destroyed.
    [[nodiscard]] net::SideTask& pump() noexcept { return pump_.task(); }
    /// Call after an exception, once the pump has ended: sends the client an error, or makes a partial response
    /// recognizable. Does not throw.
    void abandon() noexcept;

    /// Stops the exchange if a deadline has passed or its token no longer allows the request.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Ends the exchange when the server stops: its request is not sent again, and its client gets nothing more.
    void abort() noexcept;

    /// Returns the response's status; 499, as in nginx, if the client disconnected first.
    [[nodiscard]] unsigned status() const noexcept { return state_.status; }

    std::size_t number = 0;  ///< Index in the list of the worker's proxy; used only by the proxy.

  private:
    Outcome prepare();
    Outcome prepare_credential();
    Outcome check_destination();
    Outcome take_from_rate();
    [[nodiscard]] bool needs_body() const noexcept;
    net::Task<Outcome> prepare_body();
    net::Task<Outcome> authorize_rpc(std::uint64_t limit);
    bool reject(http::Response response);
    void find_end(std::chrono::steady_clock::time_point now);
    /// Cancels pending operations on both sides.
    void cut() noexcept;
    [[nodiscard]] bool is_authorized_by_body() const noexcept { return gateway::is_authorized_by_body(state_.route(), state_.forwarding.request); }

    ExchangeState state_;
    RequestPump pump_{state_};
    UpstreamCall call_{state_, pump_};
    ResponseRelay relay_{state_, pump_, call_};
    std::optional<RpcCalls> calls_;  ///< The calls of an authorized JSON-RPC body.
};

}  // namespace warder::gateway
