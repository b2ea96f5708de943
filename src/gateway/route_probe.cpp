// SPDX-License-Identifier: MIT
#include "gateway/route_probe.hpp"

#include "gateway/upstream/connector.hpp"
#include "gateway/upstream/name_resolver.hpp"
#include "gateway/upstream/upstream_tls.hpp"
#include "net/task.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <signal.h>
#include <utility>

namespace warder::gateway {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kAtOnce = 64;  // each takes a descriptor

/// Ignores SIGPIPE during its lifetime. OpenSSL writes without MSG_NOSIGNAL, so an upstream that closes the connection
/// during the handshake would end the program.
class IgnoreBrokenPipes {
  public:
    IgnoreBrokenPipes() noexcept {
        struct sigaction ignore{};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &ignore, &before_);
    }
    IgnoreBrokenPipes(IgnoreBrokenPipes const&) = delete;
    IgnoreBrokenPipes& operator=(IgnoreBrokenPipes const&) = delete;
    ~IgnoreBrokenPipes() { ::sigaction(SIGPIPE, &before_, nullptr); }

  private:
    struct sigaction before_{};
};

/// One attempt to connect. Must exist until its io_context has run out of work.
class Attempt {
  public:
    Attempt(asio::io_context& context, NameResolver& resolver, RouteSettings const& route)
        : route_{&route}, connector_{context, resolver}, timer_{context} {
        if (!route.upstream.is_tls) return;
        auto made = UpstreamTls::make(route);  // reads all system certificates, so it must not count toward the timeout
        if (made) tls_ = std::move(*made);
        else failure_ = std::move(made.error());
    }

    void begin(asio::io_context& context) {
        if (failure_) return;
        timer_.expires_after(route_->connect_timeout);
        timer_.async_wait([this](boost::system::error_code error) {
            if (error) return;
            late_ = connector_.timeout(*route_);
            connector_.cancel();
        });
        auto task = run();
        asio::co_spawn(context.get_executor(), std::move(task), asio::detached);
    }
    [[nodiscard]] std::optional<std::string> failure() && { return std::move(failure_); }

  private:
    net::Task<void> run() {
        auto const outcome = co_await connector_.connect(*route_, tls_);
        if (late_) failure_ = std::move(late_->reason);
        else if (!outcome) failure_ = outcome.error().reason;
        timer_.cancel();
    }

    RouteSettings const* route_;
    std::shared_ptr<UpstreamTls const> tls_;
    Connector connector_;
    asio::steady_timer timer_;
    std::optional<UpstreamFailure> late_;
    std::optional<std::string> failure_;
};

}  // namespace

std::vector<RouteProbe> probe_routes(std::span<RouteSettings const> routes) {
    IgnoreBrokenPipes const ignored;
    std::vector<RouteProbe> probes;
    NameResolver resolver;
    while (probes.size() < routes.size()) {
        asio::io_context context{1};
        std::vector<std::unique_ptr<Attempt>> attempts;
        auto const some = routes.subspan(probes.size(), std::min(kAtOnce, routes.size() - probes.size()));
        for (auto const& route : some) attempts.push_back(std::make_unique<Attempt>(context, resolver, route));
        for (auto const& attempt : attempts) attempt->begin(context);
        context.run();
        for (std::size_t i = 0; i < some.size(); ++i) probes.push_back({.route = &some[i], .failure = std::move(*attempts[i]).failure()});
    }
    return probes;
}

}  // namespace warder::gateway
