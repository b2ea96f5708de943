// SPDX-License-Identifier: MIT
#include "gateway/share.hpp"

#include "gateway/exchange.hpp"
#include "gateway/gateway.hpp"
#include "http/errors.hpp"
#include "log/log.hpp"

#include <array>
#include <exception>
#include <utility>

namespace warder::gateway {

Share::Share(Gateway const& gateway, boost::asio::io_context& context, http::Services const& services)
    : gateway_{&gateway}, context_{&context}, services_{services} {}

Share::~Share() = default;

std::shared_ptr<Routes const> Share::routes() const { return gateway_->routes(); }

bool Share::has_route(std::string_view path) const noexcept {
    std::array<char, http::kMaxHead> room;
    auto const judged = judge_path(path, room, EncodedSlash::kAllowed);
    auto const routes = gateway_->routes();
    if (judged && routes->table().find(judged->text()) != nullptr) return true;
    // What can't be judged, or only where a route says so, is for the gateway to refuse, if there is one.
    bool const is_refused = !judged || judged->has_encoded_slash();
    return is_refused && path.starts_with('/') && !routes->table().routes().empty();
}

http::Task<bool> Share::forward(http::Desk desk, http::Forwarding forwarding) {
    bool stays = false;
    bool has_failed = false;
    try {
        auto const exchange = std::make_unique<Exchange>(*this, desk, forwarding);
        stays = co_await exchange->run();
    } catch (std::exception const&) {
        has_failed = true;
    }
    if (has_failed) services_.log.error("a request could not be forwarded", {{"why", "something failed inside the gateway, memory perhaps"}});
    co_return stays && !is_closing_;
}

void Share::sweep(std::chrono::steady_clock::time_point now) {
    for (auto* const exchange : exchanges_) exchange->sweep(now);
    for (auto& pool : pools_) pool.sweep(now);
    no_pool_.clear();
}

void Share::close_all() {
    is_closing_ = true;
    for (auto* const exchange : exchanges_) exchange->cut();
    pools_.clear();
    pooled_for_.reset();
}

UpstreamPool& Share::pool(std::shared_ptr<Routes const> const& routes, RouteSettings const& route) {
    if (!gateway_->is_current(*routes) || is_closing_) return no_pool_;
    if (pooled_for_ != routes) {
        pooled_for_ = routes;
        pools_.clear();
        pools_.resize(routes->table().routes().size());
    }
    return pools_[routes->table().index_of(route)];
}

void Share::add(Exchange& exchange) {
    exchange.number = exchanges_.size();
    exchanges_.push_back(&exchange);
}

void Share::remove(Exchange& exchange) {
    auto* const last = exchanges_.back();
    exchanges_[exchange.number] = last;
    last->number = exchange.number;
    exchanges_.pop_back();
}

}  // namespace warder::gateway
