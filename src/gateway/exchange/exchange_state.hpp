// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/admission.hpp"
#include "gateway/proxy.hpp"
#include "gateway/routes/url_map.hpp"
#include "gateway/upstream/upstream_credential.hpp"
#include "gateway/upstream/upstream_failure.hpp"
#include "http/hop_by_hop.hpp"
#include "http/response.hpp"

#include <array>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace warder::gateway {

class WorkerProxy;

/// How far an exchange has come.
enum class Stage : std::uint8_t {
    kAdmission,   ///< The request is being prepared, and authorized by its body if need be; nothing has been sent to the upstream.
    kConnecting,  ///< A connection to the upstream is being opened.
    kRequest,     ///< The request is being sent, and the head of its response is awaited.
    kResponse,    ///< The response's head was passed to the client's connection.
    kTunnel,      ///< A WebSocket is open.
    kRejection,   ///< The exchange has failed or was denied; only an error response is still sent.
};

/// Returns whether an exchange may enter a stage. A request that fails on a reused connection is sent again over a new one.
constexpr bool may_follow(Stage from, Stage to) noexcept {
    auto const set = [](auto... stages) { return static_cast<std::uint8_t>(((1U << static_cast<unsigned>(stages)) | ...)); };
    constexpr std::array kNext{
        set(Stage::kConnecting, Stage::kRequest, Stage::kRejection),   // kAdmission
        set(Stage::kRequest, Stage::kRejection),                       // kConnecting
        set(Stage::kConnecting, Stage::kResponse, Stage::kRejection),  // kRequest
        set(Stage::kTunnel, Stage::kRejection),                        // kResponse
        set(Stage::kRejection),                                        // kTunnel
        set(Stage::kRejection),                                        // kRejection
    };
    return (kNext[static_cast<std::size_t>(from)] & set(to)) != 0;
}

/// Why an exchange ends before its response is complete.
struct ExchangeEnd {
    enum class Cause : std::uint8_t {
        kClientLeft,  ///< Or the server stops.
        kBadBody,     ///< The rest of the request's body can't be read.
        kTimeout,     ///< Client or upstream took too long.
        kDenied,      ///< The token does not, or no longer, allow the request; or the request can't be forwarded.
        kUpstream,    ///< The upstream failed.
    } cause;
    http::Response response{};  ///< What the client gets if it hasn't got the response's head; unused after `kClientLeft`.
};
using Outcome = std::expected<void, ExchangeEnd>;

/// What the parts of one exchange share: its request, how far it has come, and why it ends early.
class ExchangeState {
  public:
    using Time = std::chrono::steady_clock::time_point;

    ExchangeState(WorkerProxy& its_proxy, ProxyRoute its_route, Admitted its_admitted, auth::RequestContext const& its_context,
                  auth::RequestLog& its_log, Forwarding const& its_forwarding)
        : proxy{&its_proxy},
          context{its_context},
          log{&its_log},
          forwarding{its_forwarding},
          matched{std::move(its_route)},
          admitted{std::move(its_admitted)} {}

    [[nodiscard]] RouteSettings const& route() const noexcept { return *admitted.route; }
    [[nodiscard]] RouteSet const& routes() const noexcept { return *matched.routes; }
    [[nodiscard]] bool has_body() const noexcept { return forwarding.has_body(); }
    [[nodiscard]] bool is_head_request() const noexcept { return forwarding.request.method == "HEAD"; }
    [[nodiscard]] std::string& out() const noexcept { return forwarding.connection.out(); }
    /// Logs a denial of the request and returns its response.
    [[nodiscard]] http::Response deny(auth::Denial const& denial) const;

    [[nodiscard]] Stage stage() const noexcept { return stage_; }
    void enter(Stage stage) noexcept {
        assert(may_follow(stage_, stage));
        stage_ = stage;
    }
    /// Returns whether the client gets the upstream's response, so that an error can only be shown by closing the connection.
    [[nodiscard]] bool is_responding() const noexcept { return stage_ == Stage::kResponse || stage_ == Stage::kTunnel; }

    /// Ends the exchange early, unless it already ends for another reason.
    void end(ExchangeEnd::Cause cause, http::Response response = {}) {
        if (!end_) end_.emplace(cause, std::move(response));
    }
    [[nodiscard]] bool is_over() const noexcept { return end_.has_value(); }
    [[nodiscard]] bool is_over(ExchangeEnd::Cause cause) const noexcept { return end_ && end_->cause == cause; }
    /// Returns why the exchange ends, for its client: by default, because the upstream failed.
    [[nodiscard]] std::unexpected<ExchangeEnd> failure() const;

    /// Records the upstream's first failure. Errors after the exchange was ended are not failures of the upstream.
    void note_failure(UpstreamFailure failure) {
        if (!failure_ && !end_ && stage_ != Stage::kRejection) failure_ = std::move(failure);
    }
    void note_failure(FailureCause cause, std::string reason) { note_failure({.cause = cause, .reason = std::move(reason)}); }
    /// Logs the upstream's failure for the operator, if that is why the exchange has failed.
    void report_failure() noexcept;

    /// Sends the client connection's `out()`.
    /// @return false if the client is gone or the exchange must stop.
    net::Task<bool> flush();

    /// Limits how long the upstream is awaited.
    void await_upstream(std::chrono::milliseconds limit) noexcept {
        deadline_ = std::chrono::steady_clock::now() + limit;
        left_by_ = Time::max();
    }
    void stop_awaiting() noexcept { deadline_ = left_by_ = Time::max(); }
    [[nodiscard]] bool is_awaiting() const noexcept { return deadline_ != Time::max(); }
    [[nodiscard]] bool is_late(Time now) const noexcept { return now >= deadline_; }
    /// Returns whether the client closed its side while the upstream is awaited and nothing has moved for 2 s. A client that
    /// still reads gets a response that arrives before that.
    [[nodiscard]] bool has_client_left(Time now) noexcept;

    WorkerProxy* proxy;
    auth::RequestContext context;
    auth::RequestLog* log;
    Forwarding forwarding;
    ProxyRoute matched;
    Admitted admitted;

    unsigned status = 499;  ///< Of the response; 499, as in nginx, if the client disconnected first.

    // Set while the request is prepared.
    std::optional<http::ConnectionOptions> connection;
    std::optional<UrlMap> urls;
    std::shared_ptr<CredentialHeader const> credential;
    bool is_websocket = false;
    bool uses_connection_auth = false;
    std::size_t out_before = forwarding.connection.out().size();  ///< Unsent bytes of earlier responses.

  private:
    Stage stage_ = Stage::kAdmission;
    std::optional<ExchangeEnd> end_;
    std::optional<UpstreamFailure> failure_;
    Time deadline_ = Time::max();
    Time left_by_ = Time::max();  ///< When a client that closed its side counts as gone, unless something moves before.
};

}  // namespace warder::gateway
