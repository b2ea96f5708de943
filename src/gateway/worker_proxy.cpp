// SPDX-License-Identifier: MIT
#include "gateway/worker_proxy.hpp"

#include "auth/request_log.hpp"
#include "gateway/exchange/exchange.hpp"
#include "gateway/gateway.hpp"
#include "gateway/rejection.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

#include <exception>
#include <optional>
#include <utility>

namespace warder::gateway {
std::unique_ptr<Proxy> Gateway::make(boost::asio::io_context& context, auth::Services const& services) {
    return std::make_unique<WorkerProxy>(*this, context, services);
}

WorkerProxy::WorkerProxy(Gateway& gateway, boost::asio::io_context& context, auth::Services const& services)
    : gateway_{&gateway}, number_{gateway.number_proxy()}, context_{&context}, services_{services} {}

WorkerProxy::~WorkerProxy() = default;

ProxyRoute WorkerProxy::resolve(std::string_view path) {
    auto routes = gateway_->routes();
    RoutedPath routed{routes->table(), path};
    return {.routes = std::move(routes), .path = std::move(routed)};
}

net::Task<bool> WorkerProxy::forward(ProxyRoute route, auth::RequestContext context, Forwarding forwarding) {
    // Paths that nothing serves count as those of the management API, whichever listener they come from.
    auto const surface = route.is_proxied() ? auth::Surface::kGateway : auth::Surface::kApi;
    auth::RequestLog log{context, surface, forwarding.request, forwarding.client_address};
    std::optional<Exchange> exchange;
    try {
        auto const& request = forwarding.request;
        auto const& verifier = context.services.verifier;
        auto admitted = admit(route.path, context, request, forwarding.client_address, log);
        if (admitted && admitted->principal.token) {
            auto const& token = *admitted->principal.token;
            auto const authorized = is_authorized_by_body(*admitted->route, request)
                                        ? authorize_unread(*admitted, token, verifier, request)
                                        : authorize_request(*admitted, token, verifier, request, nullptr);
            if (!authorized) admitted = std::unexpected{deny(log, request, authorized.error())};
        }
        bool stays = false;
        auto status = 0U;
        if (admitted) {
            exchange.emplace(*this, std::move(route), std::move(*admitted), context, log, forwarding);
            stays = co_await exchange->run();
            status = exchange->status();
        } else {
            status = admitted.error().status;
            stays = reject(forwarding, route.path, std::move(admitted.error()), !forwarding.has_body(), context.date);
        }
        log.write(status);
        co_return stays && !is_closing_;
    } catch (std::exception const&) {
        report_exception();
    }
    if (exchange && exchange->pump().is_running()) co_await exchange->pump().join();
    if (exchange) exchange->abandon();
    else reject_without_memory(forwarding, forwarding.connection.out().size(), context.date);
    log.write(exchange ? exchange->status() : kOutOfMemoryStatus);
    co_return false;
}

void WorkerProxy::sweep(std::chrono::steady_clock::time_point now) {
    for (auto* const exchange : exchanges_) exchange->sweep(now);
    for (auto& pool : pools_) pool.sweep(now);
    no_pool_.clear();
}

void WorkerProxy::close_all() {
    is_closing_ = true;
    for (auto* const exchange : exchanges_) exchange->abort();
    pools_.clear();
    pooled_for_.reset();
}

UpstreamPool& WorkerProxy::pool(std::shared_ptr<RouteSet const> const& routes, RouteSettings const& route) {
    if (!gateway_->is_current(*routes) || is_closing_) return no_pool_;
    if (pooled_for_ != routes) {
        pooled_for_ = routes;
        pools_.clear();
        pools_.resize(routes->table().routes().size());
    }
    return pools_[routes->table().index_of(route)];
}

NameResolver& WorkerProxy::resolver() noexcept { return gateway_->resolver(); }

std::atomic<std::size_t>& WorkerProxy::connections() noexcept { return gateway_->connections(); }

void WorkerProxy::drop_idle_connections() noexcept {
    for (auto& pool : pools_) pool.clear();
}

void WorkerProxy::report(RouteSet const& routes, RouteSettings const& route, UpstreamFailure const& failure) noexcept {
    routes.metrics(route).count_failure(number_, kind_of(failure.cause));
    gateway_->failures().report(services_.log, route.prefix, failure, services_.clock.steady_now());
}

void WorkerProxy::report_exception() noexcept {
    auto const now = services_.clock.steady_now();
    if (now < exception_reported_ + std::chrono::minutes{1}) return;
    exception_reported_ = now;
    services_.log.error("forwarding_failed",
                        {{"reason", "a request could not be forwarded: something failed inside the gateway, most likely memory"}});
}

void WorkerProxy::add(Exchange& exchange) {
    exchange.number = exchanges_.size();
    exchanges_.push_back(&exchange);
}

void WorkerProxy::remove(Exchange& exchange) {
    auto* const last = exchanges_.back();
    exchanges_[exchange.number] = last;
    last->number = exchange.number;
    exchanges_.pop_back();
}

}  // namespace warder::gateway
