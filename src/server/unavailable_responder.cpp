// SPDX-License-Identifier: MIT
#include "server/unavailable_responder.hpp"

#include <array>
#include <chrono>
#include <poll.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <utility>

namespace warder::server {
namespace {

constexpr int kPollMilliseconds = 100;
constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};

constexpr std::string_view kAlive =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 24\r\nCache-Control: no-store\r\nX-Content-Type-Options: "
    "nosniff\r\nConnection: close\r\n\r\n"
    "{\"message\":\"i am alive\"}";
constexpr std::string_view kUnavailable =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 93\r\nRetry-After: 1\r\nCache-Control: "
    "no-store\r\nX-Content-Type-Options: nosniff\r\n"
    "Connection: close\r\n\r\n"
    "{\"message\":\"This server can't reach its database yet; try again soon.\",\"error\":\"unavailable\"}";

static_assert(kAlive.substr(kAlive.find("\r\n\r\n") + 4).size() == 24);
static_assert(kUnavailable.substr(kUnavailable.find("\r\n\r\n") + 4).size() == 93);

/// Returns whether the request is a liveness check, as far as a request that gets no other answer matters.
bool is_liveness_check(std::string_view head) {
    auto const target = head.substr(0, head.find("\r\n"));
    return target.starts_with("GET ") && target.contains("/healthz/liveness");
}

void answer(Descriptor const& client) {
    ::setsockopt(client.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
    std::array<char, 8192> buffer{};
    std::size_t size = 0;
    while (!std::string_view{buffer.data(), size}.contains("\r\n\r\n") && size < buffer.size()) {
        auto const received = ::recv(client.get(), buffer.data() + size, buffer.size() - size, 0);
        if (received <= 0) return;
        size += static_cast<std::size_t>(received);
    }
    auto const response = is_liveness_check({buffer.data(), size}) ? kAlive : kUnavailable;
    static_cast<void>(::send(client.get(), response.data(), response.size(), MSG_NOSIGNAL));
    ::shutdown(client.get(), SHUT_WR);
    // A socket that is closed with unread data resets the connection, and the response may be lost with it.
    while (::recv(client.get(), buffer.data(), buffer.size(), 0) > 0) {}
}

void serve(std::stop_token const& stop, std::vector<int> const& listeners) {
    std::vector<pollfd> watched;
    watched.reserve(listeners.size());
    for (int const listener : listeners) watched.push_back({.fd = listener, .events = POLLIN, .revents = 0});
    while (!stop.stop_requested()) {
        if (::poll(watched.data(), watched.size(), kPollMilliseconds) <= 0) continue;
        for (auto const& one : watched) {
            if ((one.revents & POLLIN) == 0) continue;
            Descriptor const client{::accept4(one.fd, nullptr, nullptr, SOCK_CLOEXEC)};
            if (client.get() >= 0) answer(client);
        }
    }
}

}  // namespace

UnavailableResponder::UnavailableResponder(BoundSockets const& sockets) {
    if (sockets.identity) return;
    for (auto const& socket : sockets.sockets) listeners_.push_back(socket.descriptors.front().get());
    thread_ = std::jthread{[this](std::stop_token const& stop) { serve(stop, listeners_); }};
}

}  // namespace warder::server
