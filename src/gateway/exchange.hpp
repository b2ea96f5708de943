// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/admission.hpp"
#include "gateway/heads/client_head.hpp"
#include "gateway/heads/connection_auth.hpp"
#include "gateway/heads/upstream_head.hpp"
#include "gateway/json_rpc.hpp"
#include "gateway/proxy.hpp"
#include "gateway/routes/routed_path.hpp"
#include "gateway/routes/url_map.hpp"
#include "gateway/upstream/bound_connections.hpp"
#include "gateway/upstream/connector.hpp"
#include "gateway/upstream/route_set.hpp"
#include "gateway/upstream/upstream_connection.hpp"
#include "http/hop_by_hop.hpp"
#include "http/response_reader.hpp"
#include "net/side_task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace warder::gateway {

class WorkerProxy;
class Tunnel;

/// One request forwarded to an upstream, and its response. Both directions stream: at most a window of each body is
/// buffered, except for a JSON-RPC body, which is authorized as a whole before its first byte is sent.
///
/// A second task, the pump, sends a request body that has not arrived completely, while the first task waits for the
/// response.
class Exchange {
  public:
    /// @param path  one of `routes`; it and everything that `forwarding` refers to must outlive the exchange.
    Exchange(WorkerProxy& proxy, std::shared_ptr<RouteSet const> routes, RoutedPath const& path, auth::RequestContext const& context,
             Forwarding const& forwarding);
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;
    ~Exchange();

    /// Runs the exchange. If it throws, call `abandon`.
    /// @return whether the client's connection can take another request.
    net::Task<bool> run();

    /// Returns the task that sends the request's body. It must have ended before the exchange is destroyed.
    [[nodiscard]] net::SideTask& pump() noexcept { return pump_task_; }
    /// Call after an exception, once the pump has ended: sends the client an error, or makes a partial response
    /// recognizable. Does not throw.
    void abandon() noexcept;

    /// Stops the exchange if a deadline has passed or its token no longer allows the request.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Cancels pending operations on both sides.
    void cut() noexcept;

    /// Returns the response's status; 499, as in nginx, if the client disconnected first.
    [[nodiscard]] unsigned status() const noexcept { return status_; }
    /// Returns the authenticated user; empty if there is none.
    [[nodiscard]] std::string_view user() const noexcept { return admitted_ ? std::string_view{admitted_->user} : std::string_view{}; }

    std::size_t number = 0;  ///< Index in the list of the worker's proxy; used only by the proxy.

  private:
    using Time = std::chrono::steady_clock::time_point;
    using Rejection = std::optional<http::Response>;
    enum class Pump : std::uint8_t { kNone, kRunning, kSent, kStopped };

    // The request
    Rejection prepare();
    [[nodiscard]] Rejection check_destination() const;
    net::Task<Rejection> prepare_body();
    net::Task<Rejection> authorize_rpc();
    net::Task<bool> receive_body_piece();
    void compose();
    [[nodiscard]] bool take_idle_connection();
    net::Task<bool> open_connection();
    net::Task<bool> send_request();
    net::Task<void> pump_body();

    // The response
    net::Task<bool> exchange_heads();
    net::Task<bool> receive_head();
    net::Task<bool> relay_interim();
    net::Task<bool> relay();
    bool append_received(ResponseFraming const& framing);
    net::Task<bool> relay_body(ResponseFraming const& framing);
    net::Task<bool> relay_websocket();
    void keep_connection();
    net::Task<bool> reject(http::Response const& rejection);
    [[nodiscard]] http::Response failure() const;
    /// Logs a denial of the admitted request and returns its response.
    [[nodiscard]] http::Response deny(auth::Denial const& denial) const;
    /// Returns whether the upstream rejects the credential that the gateway added, and records that as a failure.
    [[nodiscard]] bool is_credential_rejected();

    // Failure reports for the operator (exchange_failure.cpp)
    /// Records the upstream's first failure. Errors after the client disconnected or the token was revoked are not
    /// failures of the upstream.
    void note_failure(FailureCause cause, std::string reason);
    void note_failure(UpstreamFailure failure);
    /// Record that the upstream sent no response, or only a part of it.
    void note_no_response();
    void note_cut_off();
    [[nodiscard]] UpstreamFailure timeout() const;
    void report_failure() noexcept;

    /// Cancels waiting for the response if an exception ended the pump, since the request will never be complete.
    struct StopAtEnd {
        explicit StopAtEnd(Exchange& exchange) noexcept : exchange_{&exchange} {}
        StopAtEnd(StopAtEnd const&) = delete;
        StopAtEnd& operator=(StopAtEnd const&) = delete;
        ~StopAtEnd() {
            if (exchange_->pump_ != Pump::kRunning) return;
            exchange_->pump_ = Pump::kStopped;
            if (exchange_->upstream_) exchange_->upstream_->stream().cancel();
        }

      private:
        Exchange* exchange_;
    };

    [[nodiscard]] bool needs_body() const noexcept;
    [[nodiscard]] TokenVisibility token_visibility() const noexcept;
    [[nodiscard]] UrlMap make_url_map() const noexcept;
    [[nodiscard]] ConnectionUser connection_user() const noexcept;
    /// Sends the client connection's `out()`.
    /// @return false if the client is gone or the exchange must stop.
    net::Task<bool> flush();
    [[nodiscard]] bool has_client_left(Time now) noexcept;
    [[nodiscard]] bool is_idempotent() const noexcept;
    [[nodiscard]] bool is_over() const noexcept { return stop_ || late_ || has_client_left_ || body_error_; }
    [[nodiscard]] RouteSettings const& route() const noexcept { return *admitted_->route; }
    [[nodiscard]] http::RequestReader& reader() const noexcept { return forwarding_.connection.reader(); }
    void wait_at_most(std::chrono::milliseconds limit) noexcept { deadline_ = std::chrono::steady_clock::now() + limit; }

    WorkerProxy* proxy_;
    auth::RequestContext context_;
    Forwarding forwarding_;
    std::shared_ptr<RouteSet const> routes_;
    RoutedPath const* path_;
    std::optional<Admitted> admitted_;
    std::optional<http::ConnectionOptions> connection_;
    std::optional<UrlMap> urls_;
    std::shared_ptr<CredentialHeader const> credential_;

    BodyFraming framing_;
    std::string body_;              ///< Bytes that were read but not sent yet.
    std::uint64_t body_limit_ = 0;  ///< Limit on the whole body, in bytes; set by `prepare_body`.
    bool is_body_complete_;         ///< The body has been read to its end, or there is none.
    Rejection body_error_;          ///< The response if the rest of the body can't be read.
    bool has_client_left_ = false;
    bool is_websocket_ = false;

    bool uses_connection_auth_ = false;
    std::string upstream_head_;
    std::optional<Connector> connector_;
    std::unique_ptr<UpstreamConnection> upstream_;
    std::optional<http::ResponseReader> response_;
    std::optional<UpstreamFailure> failure_;  ///< The first failure of the upstream.
    unsigned interim_responses_ = 0;          ///< Number of forwarded 1xx responses.
    bool has_upstream_spoken_ = false;        ///< Bytes have arrived on this connection since the request was sent.
    std::optional<RpcCalls> calls_;           ///< The calls of an authorized JSON-RPC body.

    Tunnel* tunnel_ = nullptr;  ///< Null unless a tunnel is open.

    Pump pump_ = Pump::kNone;
    net::SideTask pump_task_;
    std::size_t out_before_;  ///< Unsent bytes of earlier responses.

    Time deadline_ = Time::max();       ///< For the upstream.
    Time body_deadline_ = Time::max();  ///< For the client to send more of its body.
    Time left_by_ = Time::max();        ///< When a client that closed its side counts as gone, unless something moves before.
    Time left_deadline_ = Time::max();  ///< `deadline_` when `left_by_` was set; it changes whenever something moves.
    Rejection late_;                    ///< The response if a deadline has passed.
    Rejection stop_;                    ///< The denial if the token no longer allows the request.
    bool is_ending_ = false;            ///< The exchange has failed or was denied; only the error response is still sent.
    unsigned status_ = 499;
    bool is_head_sent_ = false;  ///< The response's head was passed to the client's connection.
};

}  // namespace warder::gateway
