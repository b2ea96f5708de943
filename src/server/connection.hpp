// SPDX-License-Identifier: MIT
#pragma once

#include "api/router.hpp"
#include "auth/client_address.hpp"
#include "gateway/proxy.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "http/response.hpp"
#include "net/body_pieces.hpp"
#include "net/client_connection.hpp"
#include "net/listener.hpp"
#include "net/stream.hpp"
#include "net/task.hpp"
#include "server/destination.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace warder::server {

class Worker;

inline constexpr http::HeadError kTimeout{408, "timeout", "The request took too long to arrive."};

/// One client's connection. A single coroutine on one worker's thread reads requests and responds to them.
class Connection {
  public:
    /// @param is_beyond_limit  the connection limit is reached, so an idle connection must be closed for this one.
    Connection(Worker& worker, net::ListenerRole role, net::Stream stream, auth::AddressBytes const& peer, bool is_beyond_limit);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection();

    net::Task<void> run();

    /// Enforces deadlines. The worker calls it on its thread, a few times a second.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Closes a connection that is idle or lingers after its last response; any other ends after the current response.
    void drain();
    /// Ends an idle connection in favor of another one. A request that was already read is answered first.
    void evict();
    /// Closes the connection in any state.
    void close() { client_.close(); }

    [[nodiscard]] net::ListenerRole role() const noexcept { return role_; }
    [[nodiscard]] bool is_rejected() const noexcept { return is_rejected_; }
    /// See `ClientConnection::idle_since`. A refused connection is never closed for another one, since it is itself
    /// beyond the limit, and none is closed twice.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const noexcept {
        return is_rejected_ || is_evicted_ ? std::nullopt : client_.idle_since();
    }
    /// Returns whether an idle connection may have received a request that has not been read yet.
    [[nodiscard]] bool has_input() noexcept { return client_.phase() != net::ClientConnection::Phase::kLinger && client_.stream().has_input(); }

    std::size_t number = 0;  ///< Index in the worker's list; used only by the worker.

  private:
    net::Task<void> reject_connection();
    net::Task<bool> begin_tls();
    net::Task<void> serve();
    net::Task<bool> receive_head();
    net::Task<bool> receive_body();
    net::Task<bool> drop_body();
    std::optional<bool> try_answer(Destination const& destination);
    net::Task<bool> answer_scrape();
    void count_unrouted(unsigned status) noexcept;
    net::Task<bool> answer_by_waiting(Destination destination);
    net::Task<bool> answer_api_call(api::Match found);
    net::Task<bool> answer_unread(http::Response const& response);
    net::Task<bool> send(http::Response response, bool keeps_alive);
    net::Task<bool> send_pieces(net::BodyPieces& pieces);
    net::Task<bool> answer_decision();
    net::Task<bool> forward(gateway::ProxyRoute route);
    /// @param rest  what the client may still send; unknown for a request that could not be parsed.
    net::Task<void> reject_and_close(http::HeadError error, net::ClientConnection::Rest rest = net::ClientConnection::Rest::kBody);
    [[nodiscard]] net::ClientConnection::Rest rest() const noexcept;
    net::Task<void> reject_host(std::string_view host);

    /// Returns the `Host` because of which the request is rejected; nullopt if it is acceptable.
    [[nodiscard]] std::optional<std::string_view> find_foreign_host(Destination const& destination) const noexcept;
    [[nodiscard]] Service service() const noexcept;
    bool append(http::Response const& response, bool keeps_alive);

    [[nodiscard]] auth::AddressBytes client_address() const noexcept;
    [[nodiscard]] bool is_trusted_proxy() const noexcept;
    [[nodiscard]] std::string_view client_proto() const noexcept;
    [[nodiscard]] auth::Client client() const noexcept;
    [[nodiscard]] bool may_keep_alive() const noexcept;
    [[nodiscard]] http::Framing framing(bool keeps_alive) const noexcept;

    Worker* worker_;
    net::ListenerRole role_;
    net::ClientConnection client_;
    auth::AddressBytes peer_;
    bool is_beyond_limit_;
    bool is_rejected_ = false;
    bool is_evicted_ = false;  ///< It ends after the request that was already read, if there is one.
    /// When the last request began, if it was answered at once: nearly the time of its answer, without another reading of
    /// the clock.
    std::optional<std::chrono::steady_clock::time_point> answered_at_{};
    bool is_first_head_ = true;  ///< `header_timeout` runs from accept until the first head is complete.

    http::HeadFacts facts_;
    http::Request request_;
};

}  // namespace warder::server
