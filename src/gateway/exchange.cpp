// SPDX-License-Identifier: MIT
// Forwards requests to the upstream. Responses are in exchange_response.cpp.
#include "gateway/exchange.hpp"

#include "auth/errors.hpp"
#include "gateway/heads/via.hpp"
#include "gateway/json_rpc.hpp"
#include "gateway/rpc_coding.hpp"
#include "gateway/tunnel.hpp"
#include "gateway/worker_proxy.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <charconv>
#include <exception>
#include <limits>
#include <span>
#include <utility>

namespace warder::gateway {
namespace {

using BodyState = http::RequestReader::BodyState;
using http::Response;

constexpr std::size_t kBodyWindow = 64 * 1024;
constexpr std::chrono::seconds kLeftFor{2};
constexpr int kDeniedByGrants = -32001;
constexpr int kUnreadable = -32700;
constexpr std::uint64_t kMaxBody = std::numeric_limits<std::int64_t>::max();  // many servers read a larger length as negative or zero
constexpr std::size_t kLongestScheme = 16;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// Upper bound on what the gateway adds to a request, not counting the client's data, the upstream's URL and the credential.
constexpr std::size_t kOurFields = 512;

std::size_t size_of(http::Request const& request) noexcept {
    auto size = request.method.size() + request.target.size();
    for (auto const& [name, value] : request.header()) size += name.size() + value.size() + 4;
    return size;
}

std::size_t size_of(RouteSettings const& route) noexcept {
    return route.prefix.size() + route.upstream.authority.size() + route.upstream.path.size();
}

bool has_body(http::HeadFacts const& facts) noexcept { return facts.is_chunked || facts.content_length.value_or(0) > 0; }

Response rpc_error_response(unsigned status, std::string_view id, int rpc_code, std::string_view message, std::string_view code) {
    Response response;
    response.status = status;
    response.body = rpc_error_body(id, rpc_code, message, code);
    return response;
}

Response too_large(std::uint64_t limit) {
    return auth::error_response(413, "too_large", "The body is too large: it may have at most " + std::to_string(limit) + " bytes on this route.");
}

void append_chunk_size(std::string& out, std::size_t size) {
    std::array<char, 16> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    out.append(digits.data(), end).append("\r\n");
}

}  // namespace

Exchange::Exchange(WorkerProxy& proxy, std::shared_ptr<RouteSet const> routes, RoutedPath const& path, auth::RequestContext const& context,
                   Forwarding const& forwarding)
    : proxy_{&proxy},
      context_{context},
      forwarding_{forwarding},
      routes_{std::move(routes)},
      path_{&path},
      is_body_complete_{!has_body(forwarding.facts)},
      pump_task_{proxy.context()},
      out_before_{forwarding.connection.out().size()} {
    proxy_->add(*this);
}

Exchange::~Exchange() { proxy_->remove(*this); }

net::Task<bool> Exchange::run() {
    auto rejection = prepare();
    if (!rejection && needs_body()) rejection = co_await prepare_body();
    if (!rejection) rejection = check_destination();
    if (rejection) co_return co_await reject(*rejection);
    bool const has_response = co_await exchange_heads();
    bool stays = false;
    if (has_response && !is_credential_rejected()) {
        stays = co_await relay();
    } else if (!has_client_left_) {
        stays = co_await reject(failure());
    }
    if (pump_task_.is_running()) co_await pump_task_.join();
    report_failure();
    if (is_head_sent_ && is_over()) forwarding_.connection.close();  // the response is incomplete, whatever is still in flight
    co_return stays;
}

/// Makes all checks that don't need the body; nothing has been sent to the upstream yet.
/// @return the response that denies the request; nullopt if it may be forwarded.
Exchange::Rejection Exchange::prepare() {
    auto& request = forwarding_.request;
    // Making buffer space for the rest of a body may move the head, so it must happen before anything refers to the head.
    bool const is_at_hand = !forwarding_.facts.is_chunked && forwarding_.facts.content_length.value_or(0) <= reader().unread().size();
    if (has_body(forwarding_.facts) && !is_at_hand) reader().make_window(request, kBodyWindow);

    auto admitted = admit(*path_, context_, request, forwarding_.client_address);
    if (!admitted) return std::move(admitted.error());
    admitted_.emplace(std::move(*admitted));
    urls_.emplace(make_url_map());
    auto connection = http::check_connection(request);
    if (!connection) return auth::error_response(connection.error().status, connection.error().code, connection.error().message);
    connection_ = *connection;
    if (request.find("upgrade").count > 0 && !allows_upgrade(route()))
        return deny({.reason = auth::DenialReason::kForbidden,
                     .message = "This route does not allow an upgrade, because JSON-RPC calls in a WebSocket are not checked; the setting websocket "
                                "allows it."});
    is_websocket_ = http::wants_websocket(request, forwarding_.facts, *connection_);
    if (count_passes(request) >= kMaxPasses)
        return deny({.reason = auth::DenialReason::kLoopDetected, .message = "Loop detected: this request has passed through this server 3 times."});
    uses_connection_auth_ = uses_connection_auth(request, route().credential.kind == UpstreamCredentialSource::Kind::kPass);

    auto const credential = routes_->credential(route()).read();
    if (!credential) {
        proxy_->report(route(), {.cause = FailureCause::kCredentialFile, .reason = credential.error()});
        return auth::error_response(502, "upstream_failed", client_message(FailureCause::kCredentialFile));
    }
    credential_ = *credential;
    uses_connection_auth_ = uses_connection_auth_ || (credential_ && http::is_same_name(credential_->name, "authorization") &&
                                                      names_connection_auth(credential_->value.view().substr(0, kLongestScheme)));
    return std::nullopt;
}

net::Task<Exchange::Rejection> Exchange::prepare_body() {
    auto const& facts = forwarding_.facts;
    bool const is_authorized = is_authorized_by_body(route(), forwarding_.request);
    auto limit = std::min(route().body_limit.value_or(kMaxBody), kMaxBody);
    if (is_authorized) limit = std::min<std::uint64_t>(limit, route().rpc_body_limit.value_or(kDefaultRpcBody));
    body_limit_ = limit;
    if (!reader().begin_body(facts, limit)) co_return too_large(limit);
    if (!has_body(facts) && !is_authorized) {
        if (facts.content_length) framing_ = {.kind = BodyFraming::Kind::kLength, .length = 0};  // some servers require it in a POST
        co_return std::nullopt;
    }

    if (!is_body_complete_) {
        auto const state = reader().read_body(body_);
        is_body_complete_ = state == BodyState::kComplete;
        if (state == BodyState::kTooLarge) co_return too_large(limit);
        if (state == BodyState::kInvalid) co_return auth::error_response(400, "bad_request", "The chunked body is invalid.");
    }
    if (is_authorized) {
        auto rejection = co_await authorize_rpc();
        if (rejection) co_return rejection;
    }
    if (is_body_complete_) framing_ = {.kind = BodyFraming::Kind::kLength, .length = body_.size()};
    else if (facts.is_chunked) framing_ = {.kind = BodyFraming::Kind::kChunked};
    else framing_ = {.kind = BodyFraming::Kind::kLength, .length = *facts.content_length};
    co_return std::nullopt;
}

/// Reads a JSON-RPC body to its end and authorizes every call in it before the first byte is sent to the upstream.
net::Task<Exchange::Rejection> Exchange::authorize_rpc() {
    if (!is_body_complete_) {
        if (forwarding_.facts.expects_continue && body_.empty()) forwarding_.connection.out() += kContinue;
        bool const is_flushed = co_await flush();
        if (!is_flushed) co_return failure();
    }
    while (!is_body_complete_) {
        bool const has_come = co_await receive_body_piece();
        if (!has_come) co_return failure();
    }
    auto const& request = forwarding_.request;
    if (auto const message = find_foreign_coding(std::span{request.fields}.first(request.field_count)))
        co_return rpc_error_response(400, "null", kUnreadable, *message, "bad_request");
    auto calls = read_rpc(body_, body_limit_);
    if (!calls) {
        auto const code = code_of(calls.error());
        if (code == "too_large") co_return too_large(body_limit_);
        co_return rpc_error_response(deny({.reason = auth::DenialReason::kBadRpc}).status, calls.error().id, kUnreadable, message_of(calls.error()),
                                     code);
    }
    calls_.emplace(std::move(*calls));
    auto const authorized = authorize_token(*admitted_, context_, request, &*calls_);
    if (authorized) co_return std::nullopt;
    auto denied = deny(authorized.error());
    if (denied.status == 401) co_return denied;
    co_return rpc_error_response(403, calls_->id(), kDeniedByGrants, authorized.error().message, "insufficient_scope");
}

/// Receives more of the body into `body_`.
/// @return false if no more can be read: `body_error_` says why; if it is empty, the client is gone or too slow.
net::Task<bool> Exchange::receive_body_piece() {
    if (reader().body_buffer().empty()) {
        body_error_ = auth::error_response(400, "bad_request", "The chunked body is invalid.");
        co_return false;
    }
    body_deadline_ = std::chrono::steady_clock::now() + context_.idle_timeout;
    bool const has_come = co_await forwarding_.connection.receive_body_bytes();
    body_deadline_ = Time::max();
    if (!has_come) {
        has_client_left_ = has_client_left_ || (!is_over() && !pump_task_.is_canceled());
        co_return false;
    }
    auto const state = reader().read_body(body_);
    is_body_complete_ = state == BodyState::kComplete;
    if (state == BodyState::kTooLarge) body_error_ = too_large(body_limit_);
    if (state == BodyState::kInvalid) body_error_ = auth::error_response(400, "bad_request", "The chunked body is invalid.");
    co_return !body_error_;
}

/// Builds the head for the upstream; called once per exchange.
void Exchange::compose() {
    auto const& request = forwarding_.request;
    std::optional<Identity> identity;
    if (!admitted_->user.empty()) identity = {.user = admitted_->user, .token_id = admitted_->token_id, .is_admin = admitted_->is_admin};
    std::optional<InjectedHeader> injected;
    if (credential_) injected = {.name = credential_->name, .value = credential_->value.view()};
    auto const address = address_text(forwarding_.client_address);
    // Reserve everything at once: reallocation would leave copies of the credential in freed memory.
    upstream_head_.reserve(kOurFields + size_of(request) + size_of(route()) + (injected ? injected->name.size() + injected->value.size() : 0));
    append_upstream_head(upstream_head_, {.request = request,
                                          .connection = *connection_,
                                          .route = route(),
                                          .client = {.address = address, .proto = forwarding_.proto, .host = auth::host_of(request).value_or("")},
                                          .identity = identity,
                                          .credential = injected,
                                          .body = framing_,
                                          .is_websocket = is_websocket_,
                                          .urls = &*urls_});
}

bool Exchange::is_idempotent() const noexcept {
    auto const method = forwarding_.request.method;
    return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" || method == "DELETE";
}

/// Takes an idle connection to the upstream.
/// @return false if there is none.
bool Exchange::take_idle_connection() {
    if (auto* const bound = find_bound_connections(forwarding_.connection)) upstream_ = bound->take(*routes_, route(), connection_user());
    if (upstream_ && upstream_->is_still_open()) return true;
    upstream_ = nullptr;
    if (uses_connection_auth_) return false;  // this client must not sign in on other clients' connections
    upstream_ = proxy_->pool(routes_, route()).take(std::chrono::steady_clock::now(), is_idempotent());
    return upstream_ != nullptr;
}

/// Opens a new connection to the upstream.
/// @return false if that failed.
net::Task<bool> Exchange::open_connection() {
    // Idle connections must not use up the descriptors that new ones need.
    if (proxy_->connections() >= context_.max_connections) proxy_->drop_idle_connections();
    connector_.emplace(proxy_->context(), proxy_->resolver());
    wait_at_most(route().connect_timeout);
    auto connected = co_await connector_->connect(route(), routes_->tls(route()));
    connector_.reset();
    deadline_ = Time::max();
    if (!connected) {
        note_failure(std::move(connected.error()));
        co_return false;
    }
    upstream_ = std::move(*connected);
    upstream_->set_count(ConnectionCount{proxy_->connections()});
    co_return true;
}

/// Sends the head with the part of the body that has arrived; the pump sends the rest.
/// @return false if the upstream or the client is gone.
net::Task<bool> Exchange::send_request() {
    std::string first;
    std::string_view bytes = upstream_head_;
    if (!body_.empty()) {
        first = upstream_head_;
        if (framing_.kind == BodyFraming::Kind::kChunked) {
            append_chunk_size(first, body_.size());
            first.append(body_).append("\r\n");
        } else {
            first += body_;
        }
        bytes = first;
    }
    wait_at_most(route().response_timeout);
    bool is_sent = upstream_->try_send(bytes);
    if (!is_sent) is_sent = co_await upstream_->send(bytes);
    crypto::wipe(first);  // it contains the credential
    if (!is_sent) co_return false;
    if (is_body_complete_) co_return true;
    if (forwarding_.facts.expects_continue && body_.empty()) forwarding_.connection.out() += kContinue;
    body_.clear();
    bool const is_flushed = co_await flush();
    if (!is_flushed) co_return false;
    deadline_ = Time::max();  // `response_timeout` starts when the request is complete
    pump_ = Pump::kRunning;
    pump_task_.start(pump_body());
    co_return true;
}

/// Sends the rest of the body as it arrives.
net::Task<void> Exchange::pump_body() {
    StopAtEnd const stop{*this};
    bool const is_chunked = framing_.kind == BodyFraming::Kind::kChunked;
    std::string piece;
    bool is_upstream_there = true;
    while (!is_body_complete_ && is_upstream_there) {
        bool const has_come = co_await receive_body_piece();
        if (!has_come) break;
        piece.clear();
        if (is_chunked && !body_.empty()) append_chunk_size(piece, body_.size());
        piece += body_;
        if (is_chunked && !body_.empty()) piece += "\r\n";
        if (is_chunked && is_body_complete_) piece += "0\r\n\r\n";
        body_.clear();
        if (!is_head_sent_) wait_at_most(route().idle_timeout);
        is_upstream_there = co_await upstream_->send(piece);
        if (!is_head_sent_) deadline_ = Time::max();
        else if (deadline_ != Time::max()) wait_at_most(route().idle_timeout);  // progress extends the response's deadline, too
    }
    pump_ = is_body_complete_ && is_upstream_there ? Pump::kSent : Pump::kStopped;
    // Without a complete request there is no point in waiting for a response. But if the upstream closed the connection, it
    // may have responded first.
    if (pump_ == Pump::kStopped && is_upstream_there) upstream_->stream().cancel();
    else if (!is_head_sent_) wait_at_most(route().response_timeout);
}

void Exchange::abandon() noexcept {
    is_ending_ = true;
    if (is_head_sent_) return forwarding_.connection.reset();
    auto& out = forwarding_.connection.out();
    out.resize(std::min(out.size(), out_before_));  // removes a partial head
    try {
        auto const response = auth::temporary_error(503, "unavailable", "The server is out of memory.", std::chrono::seconds{1});
        status_ = response.status;
        http::append_response(out, response,
                              {.keeps_alive = false,
                               .minor_version = forwarding_.facts.minor_version,
                               .is_head = forwarding_.request.method == "HEAD",
                               .date = context_.date});
    } catch (std::exception const&) {
        out.resize(std::min(out.size(), out_before_));
    }
}

void Exchange::cut() noexcept {
    if (connector_) connector_->cancel();
    if (upstream_) upstream_->stream().cancel();
    forwarding_.connection.cancel();
}

/// Returns whether the client closed its side while the upstream is awaited and nothing has moved for `kLeftFor`. A client
/// that still reads gets a response that arrives before that.
bool Exchange::has_client_left(Time now) noexcept {
    bool const is_awaited = deadline_ != Time::max() && tunnel_ == nullptr;
    if (!is_awaited || !forwarding_.connection.stream().is_half_closed()) {
        left_by_ = Time::max();
        return false;
    }
    if (left_by_ == Time::max() || left_deadline_ != deadline_) {
        left_by_ = now + kLeftFor;
        left_deadline_ = deadline_;
    }
    return now >= left_by_;
}

void Exchange::sweep(Time now) {
    if (!admitted_ || is_ending_) return;
    if (has_client_left(now)) {
        has_client_left_ = true;
        cut();
        return;
    }
    if (now >= deadline_) {
        note_failure(timeout());
        late_ = auth::error_response(504, "upstream_timeout", client_message(FailureCause::kResponseTimeout));
    }
    if (now >= body_deadline_) late_ = auth::error_response(408, "timeout", "The request took too long to arrive.");
    bool const is_body_awaited = is_authorized_by_body(route(), forwarding_.request) && !calls_;
    if (!stop_ && !is_body_awaited) {
        auto const authorized = authorize_token(*admitted_, context_, forwarding_.request, calls_ ? &*calls_ : nullptr);
        if (!authorized) stop_ = deny(authorized.error());
    }
    if (tunnel_ != nullptr && now >= tunnel_->moved_at() + route().idle_timeout)
        late_ = auth::error_response(504, "upstream_timeout", "Nothing moved.");
    // A WebSocket client gets a close frame. If that does not end the tunnel, the next sweep does.
    if (stop_ && tunnel_ != nullptr && !tunnel_->is_ending()) tunnel_->end();
    else if (late_ || stop_) cut();
}

}  // namespace warder::gateway
