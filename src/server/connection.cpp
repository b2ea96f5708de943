// SPDX-License-Identifier: MIT
#include "server/connection.hpp"

#include "api/answer.hpp"
#include "auth/client_address.hpp"
#include "auth/errors.hpp"
#include "auth/request_log.hpp"
#include "http/text.hpp"
#include "server/decision.hpp"
#include "server/metrics_page.hpp"
#include "server/worker.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

namespace warder::server {
namespace {

using Phase = net::ClientConnection::Phase;
using Rest = net::ClientConnection::Rest;

constexpr http::HeadError kNoTls{400, "bad_request", "This port requires TLS; the URL must begin with https://."};

bool has_body(http::HeadFacts const& facts) noexcept { return facts.is_chunked || facts.content_length.value_or(0) > 0; }

}  // namespace

Connection::Connection(Worker& worker, net::ListenerRole role, net::Stream stream, auth::AddressBytes const& peer, bool is_beyond_limit)
    : worker_{&worker}, role_{role}, client_{std::move(stream), worker.settings().idle_timeout}, peer_{peer}, is_beyond_limit_{is_beyond_limit} {
    client_.enter(Phase::kIdle, worker.settings().header_timeout);
    worker_->add(*this);
}

Connection::~Connection() { worker_->remove(*this); }

void Connection::drain() {
    if (client_.phase() == Phase::kIdle || client_.phase() == Phase::kLinger) client_.cancel();
}

void Connection::sweep(std::chrono::steady_clock::time_point now) {
    // What was pending at `evict` may have completed and been followed by another operation.
    if (is_evicted_ && client_.idle_since() && client_.phase() != Phase::kLinger) client_.cancel();
    client_.sweep(now);
}

void Connection::evict() {
    is_evicted_ = true;
    if (client_.phase() == Phase::kLinger) client_.close();
    else client_.cancel();  // closing would lose a request that was received but whose read has not completed here
}

net::Task<void> Connection::run() {
    if (is_beyond_limit_) {
        client_.enter_answer();  // so that `make_room` does not choose this connection
        bool const has_room = co_await worker_->make_room(role_);
        if (!has_room) {
            co_await reject_connection();
            co_return;
        }
        client_.enter(Phase::kIdle, worker_->settings().header_timeout);
    }
    if (client_.stream().is_tls()) {
        bool const goes_on = co_await begin_tls();
        if (!goes_on) co_return;
    }
    co_await serve();
    static_cast<void>(client_.stream().end_writing());
}

/// Responds with a 503. On a TLS listener, ends the connection without a response: the handshake would cost more than
/// the response is worth.
net::Task<void> Connection::reject_connection() {
    is_rejected_ = true;
    worker_->note_rejected(*this);
    if (client_.stream().is_tls()) co_return;
    count_unrouted(503);
    append(auth::temporary_error(503, "unavailable", "The server has reached its maximum number of connections.", std::chrono::seconds{1}), false);
    co_await client_.linger(Rest::kNothing);
}

/// Performs the TLS handshake.
/// @return false if it failed and the connection has ended. A client that speaks plain HTTP gets a response.
net::Task<bool> Connection::begin_tls() {
    client_.change_phase(Phase::kHead);
    auto const shaken = co_await client_.stream().handshake();
    if (client_.has_timed_out()) {
        worker_->metrics().count_limit(auth::Limit::kHeaderTimeout);
        co_return false;
    }
    if (shaken == net::Stream::Handshake::kDone) co_return true;
    if (is_evicted_) co_return false;
    if (shaken == net::Stream::Handshake::kPlainHttp) co_await reject_and_close(kNoTls, Rest::kNothing);
    else co_await client_.linger(Rest::kNothing);  // closing immediately could lose the alert
    co_return false;
}

auth::AddressBytes Connection::client_address() const noexcept {
    auto const& trusted = worker_->settings().trusted_proxies;
    return trusted.empty() ? peer_ : auth::client_of(peer_, request_, trusted);
}

bool Connection::is_trusted_proxy() const noexcept {
    auto const& trusted = worker_->settings().trusted_proxies;
    return std::ranges::any_of(trusted, [this](Network const& network) { return network.contains(peer_); });
}

/// Returns the scheme that the client used to connect to Warder or to the trusted proxy that terminated its TLS.
std::string_view Connection::client_proto() const noexcept {
    if (client_.is_tls()) return "https";
    if (worker_->settings().trusted_proxies.empty()) return "http";
    auto const header = request_.find("x-forwarded-proto");
    return is_trusted_proxy() && header.count == 1 && http::equal_ignoring_case(header.value, "https") ? "https" : "http";
}

auth::Client Connection::client() const noexcept { return {.address = client_address(), .is_secure = client_proto() == "https"}; }

bool Connection::may_keep_alive() const noexcept { return facts_.keeps_alive && !is_evicted_ && !worker_->is_draining(); }

http::Framing Connection::framing(bool keeps_alive) const noexcept {
    return {.keeps_alive = keeps_alive, .minor_version = facts_.minor_version, .is_head = request_.method == "HEAD", .date = worker_->date()};
}

net::Task<void> Connection::serve() {
    for (;;) {
        auto state = client_.reader().scan_head();
        if (state == http::HeadScanner::State::kIncomplete) {
            bool const is_whole = co_await receive_head();
            if (!is_whole) co_return;
        } else if (state != http::HeadScanner::State::kComplete) {
            co_await reject_and_close(state == http::HeadScanner::State::kTooLarge ? http::kHeadTooLarge : http::kBareLineEnd);
            co_return;
        }
        auto const facts = client_.reader().take_head(request_);
        if (!facts) {
            co_await reject_and_close(facts.error());
            co_return;
        }
        facts_ = *facts;

        auto destination = find_destination(request_, service(), worker_->proxy(), worker_->settings().has_ui);
        if (auto const foreign = find_foreign_host(destination)) {
            co_await reject_host(*foreign);
            co_return;
        }
        if (auto const stays = try_answer(destination)) {
            if (!*stays) {
                co_await client_.linger(Rest::kNothing);
                co_return;
            }
        } else {
            answered_at_.reset();
            bool const goes_on = co_await answer_by_waiting(std::move(destination));
            if (!goes_on) co_return;
        }

        request_.clear();
        if (client_.has_much_to_send()) {
            answered_at_.reset();
            bool const is_flushed = co_await client_.flush();
            if (!is_flushed) co_return;
        }
    }
}

Service Connection::service() const noexcept {
    if (role_ == net::ListenerRole::kGateway) return Service::kGateway;
    if (role_ == net::ListenerRole::kMetrics) return Service::kMetrics;
    bool const is_shared = worker_->proxy() != nullptr && !worker_->settings().gateway_listen;
    return is_shared ? Service::kBoth : Service::kManagementApi;
}

/// Decisions and health checks are answered under any host: proxies and load balancers use whatever name they know the
/// server by, and neither response is of use to a web page. CONNECT is rejected regardless of the host.
std::optional<std::string_view> Connection::find_foreign_host(Destination const& destination) const noexcept {
    auto const* const found = std::get_if<api::Match>(&destination);
    bool const is_health_check = found != nullptr && found->route != nullptr && api::is_health_check(*found->route);
    bool const answers_any = std::holds_alternative<DecisionRequest>(destination) || request_.method == "CONNECT" || is_health_check;
    return answers_any ? std::nullopt : worker_->host_rule(role_).find_foreign(request_);
}

net::Task<void> Connection::reject_host(std::string_view host) {
    auto const context = worker_->request_context();
    auto const surface = role_ == net::ListenerRole::kGateway ? auth::Surface::kGateway : auth::Surface::kApi;
    auth::RequestLog log{context, surface, request_, client_address()};
    auto const response = log.deny(auth::misdirected(host, worker_->host_rule(role_).setting()));
    append(response, false);
    log.write(response.status);
    co_await client_.linger(rest());
}

/// Receives bytes until a head is complete.
/// @return false if the connection has ended.
net::Task<bool> Connection::receive_head() {
    bool const is_idle = client_.reader().unread().empty();
    bool const is_first = std::exchange(is_first_head_, false);
    bool may_yield = is_idle && !is_first && !client_.stream().holds_unread();
    auto const& settings = worker_->settings();
    if (is_first) {
        client_.change_phase(is_idle ? Phase::kIdle : Phase::kHead);
    } else {
        client_.note_idle(answered_at_ ? *answered_at_ : worker_->shared().services.clock.steady_now());
        answered_at_.reset();
        client_.enter(is_idle ? Phase::kIdle : Phase::kHead, is_idle ? settings.idle_timeout : settings.header_timeout);
    }
    for (;;) {
        if (!client_.try_flush()) {
            bool const is_flushed = co_await client_.flush();
            if (!is_flushed) co_return false;
        }
        bool const has_yielded = std::exchange(may_yield, false);
        if (has_yielded) co_await client_.stream().yield();
        if (is_evicted_ || (client_.phase() == Phase::kIdle && worker_->is_closing_idle())) co_return false;
        net::Stream::ReadOutcome outcome{boost::asio::error::would_block, 0};
        if (has_yielded) outcome = client_.take_head_bytes();
        if (std::get<0>(outcome) == boost::asio::error::would_block) outcome = co_await client_.receive_head_bytes();
        auto const [error, count] = outcome;
        if (error) {
            if (client_.has_timed_out() && client_.phase() == Phase::kHead) co_await reject_and_close(kTimeout, Rest::kNothing);
            else if (client_.has_timed_out()) worker_->metrics().count_limit(is_first ? auth::Limit::kHeaderTimeout : auth::Limit::kIdleTimeout);
            co_return false;
        }
        client_.reader().received(count);
        auto const state = client_.reader().scan_head();
        if (state == http::HeadScanner::State::kComplete) co_return true;
        if (is_first) client_.change_phase(Phase::kHead);
        else if (client_.phase() == Phase::kIdle) client_.enter(Phase::kHead, settings.header_timeout);
        if (state != http::HeadScanner::State::kIncomplete) {
            co_await reject_and_close(state == http::HeadScanner::State::kTooLarge ? http::kHeadTooLarge : http::kBareLineEnd);
            co_return false;
        }
        if (client_.has_timed_out()) {
            co_await reject_and_close(kTimeout, Rest::kNothing);
            co_return false;
        }
    }
}

/// Answers requests that need neither a body nor waiting without the cost of a coroutine. Nearly all requests with a
/// token are of this kind.
/// @return whether the connection stays open; nullopt if the request needs `answer_by_waiting`.
std::optional<bool> Connection::try_answer(Destination const& destination) {
    if (std::holds_alternative<MetricsRequest>(destination)) return std::nullopt;  // a scrape with many routes is sent in pieces
    if (has_body(facts_) || std::holds_alternative<gateway::ProxyRoute>(destination)) return std::nullopt;
    client_.enter_answer();
    auto const* const found = std::get_if<api::Match>(&destination);
    auto const context = worker_->request_context();
    if (found == nullptr) {
        bool const stays = may_keep_alive();
        decide(context, worker_->settings().decision_source, worker_->settings().decision_token_header, request_, client_address(), framing(stays),
               client_.out());
        answered_at_ = context.began;
        return stays;
    }
    auto const response = api::try_answer(context, *found, request_, client());
    if (!response) return std::nullopt;
    answered_at_ = context.began;
    return append(*response, may_keep_alive() && !response->ends_connection);
}

/// Counts an error response to what can't be routed. It took no time to speak of.
void Connection::count_unrouted(unsigned status) noexcept { worker_->metrics().count_request(auth::Surface::kApi, status, {}); }

/// @return false if the connection has ended. The functions below return the same.
net::Task<bool> Connection::answer_by_waiting(Destination destination) {
    if (auto* const route = std::get_if<gateway::ProxyRoute>(&destination)) return forward(std::move(*route));
    if (auto* const found = std::get_if<api::Match>(&destination)) return answer_api_call(std::move(*found));
    if (std::holds_alternative<MetricsRequest>(destination)) return answer_scrape();
    return answer_decision();
}

net::Task<bool> Connection::answer_scrape() {
    client_.enter_answer();
    return send(respond_to_scrape(worker_->shared(), request_), may_keep_alive() && !has_body(facts_));
}

net::Task<bool> Connection::answer_api_call(api::Match found) {
    std::optional<auth::CheckedHead> head;
    if (has_body(facts_)) {
        bool const is_at_hand = !facts_.is_chunked && facts_.content_length.value_or(0) <= client_.reader().unread().size();
        if (!is_at_hand && facts_.content_length.value_or(0) <= http::kMaxBody) {  // a larger one is rejected for its size
            client_.enter_answer();
            auto const rejection = co_await api::reject_by_head(worker_->request_context(), found, request_, client(), head.emplace());
            if (rejection) {
                bool const goes_on = co_await answer_unread(*rejection);
                co_return goes_on;
            }
        }
        bool const is_whole = co_await receive_body();
        if (!is_whole) co_return false;
    }
    client_.enter_answer();
    http::Response response;
    {
        auto context = worker_->request_context();
        if (head) context.checked_head = &*head;
        response = co_await api::answer(context, std::move(found), request_, client());
    }
    bool const keeps_alive = may_keep_alive() && !response.ends_connection;
    bool const goes_on = co_await send(std::move(response), keeps_alive);
    co_return goes_on;
}

/// Decides without waiting for the body, which is discarded afterwards. If the body is chunked or too long, or if the
/// client waits for a 100 (Continue), the connection ends instead.
net::Task<bool> Connection::answer_decision() {
    bool const stays = may_keep_alive() && !facts_.is_chunked && facts_.content_length.value_or(0) <= http::kMaxBody && !facts_.expects_continue;
    client_.enter_answer();
    decide(worker_->request_context(), worker_->settings().decision_source, worker_->settings().decision_token_header, request_, client_address(),
           framing(stays), client_.out());
    if (!stays) {
        co_await client_.linger(rest());
        co_return false;
    }
    bool const is_dropped = co_await drop_body();
    co_return is_dropped;
}

net::Task<bool> Connection::forward(gateway::ProxyRoute route) {
    client_.enter_answer();
    auto forwarding = worker_->proxy()->forward(std::move(route), worker_->request_context(),
                                                {.connection = client_,
                                                 .request = request_,
                                                 .facts = facts_,
                                                 .client_address = client_address(),
                                                 .proto = client_proto(),
                                                 .is_from_trusted_proxy = is_trusted_proxy(),
                                                 .may_keep_alive = may_keep_alive()});
    bool const stays = co_await std::move(forwarding);
    if (stays) co_return true;
    co_await client_.linger(rest());
    co_return false;
}

/// Appends a response to the output, unless it is withheld.
/// @return whether the connection stays open: `keeps_alive` or, without a response, false.
bool Connection::append(http::Response const& response, bool keeps_alive) {
    if (response.is_withheld) return false;
    http::append_response(client_.out(), response, framing(keeps_alive));
    return keeps_alive;
}

/// Returns what the client may still send of the answered request.
net::ClientConnection::Rest Connection::rest() const noexcept { return has_body(facts_) && !worker_->is_draining() ? Rest::kBody : Rest::kNothing; }

net::Task<void> Connection::reject_and_close(http::HeadError error, Rest rest) {
    if (error.status == 431) worker_->metrics().count_limit(auth::Limit::kHeader);
    if (error.status == 413) worker_->metrics().count_limit(auth::Limit::kBody);
    if (error.status == 408) worker_->metrics().count_limit(auth::Limit::kHeaderTimeout);
    count_unrouted(error.status);
    // A response to HEAD has no body, even if the rest of the head could not be parsed.
    if (request_.method.empty() && client_.reader().unread().starts_with("HEAD ")) request_.method = "HEAD";
    append(auth::error_response(error.status, error.code, error.message), false);
    co_await client_.linger(worker_->is_draining() ? Rest::kNothing : rest);
}

}  // namespace warder::server
