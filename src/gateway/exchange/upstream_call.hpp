// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange/exchange_state.hpp"
#include "gateway/exchange/request_pump.hpp"
#include "gateway/upstream/bound_connections.hpp"
#include "gateway/upstream/connector.hpp"
#include "gateway/upstream/upstream_connection.hpp"
#include "http/response_reader.hpp"

#include <memory>
#include <optional>
#include <string>

namespace warder::gateway {

class ResponseRelay;

inline constexpr unsigned kSwitchingProtocols = 101;

/// Sends the request to the upstream and receives the head of its response. If a reused connection turns out to be dead, an
/// idempotent request is sent again over a new one.
class UpstreamCall {
  public:
    UpstreamCall(ExchangeState& exchange, RequestPump& pump) noexcept : exchange_{&exchange}, pump_{&pump} {}

    /// Receives the head of the final response. May be called once.
    /// @param relay  forwards interim responses.
    net::Task<Outcome> run(ResponseRelay& relay);

    // Valid after `run` has succeeded, until `keep_connection`.
    [[nodiscard]] http::ResponseReader& response() noexcept { return *response_; }
    [[nodiscard]] UpstreamConnection& upstream() noexcept { return *upstream_; }
    /// Keeps the connection for further requests: of any client or, if it is bound, of this client's connection.
    void keep_connection();
    /// Records that the upstream sent only a part of its response.
    void note_cut_off();

    /// Cancels pending operations.
    void cancel() noexcept;
    /// Returns the failure that describes what is late: it depends on what is being awaited.
    [[nodiscard]] UpstreamFailure timeout() const;

  private:
    void compose();
    [[nodiscard]] bool is_idempotent() const noexcept;
    [[nodiscard]] ConnectionUser connection_user() const noexcept;
    [[nodiscard]] UpstreamPool& pool() const;
    [[nodiscard]] bool take_idle_connection();
    net::Task<bool> open_connection();
    net::Task<bool> receive_head(ResponseRelay& relay);
    [[nodiscard]] bool is_credential_rejected();
    void note_no_response();

    ExchangeState* exchange_;
    RequestPump* pump_;
    std::string head_;
    std::optional<Connector> connector_;
    std::unique_ptr<UpstreamConnection> upstream_;
    std::optional<http::ResponseReader> response_;
    bool has_upstream_spoken_ = false;  ///< Bytes have arrived on this connection since the request was sent.
};

}  // namespace warder::gateway
