// SPDX-License-Identifier: MIT
#pragma once

#include "http/body_pieces.hpp"
#include "http/client_address.hpp"
#include "http/client_link.hpp"
#include "http/forwarder.hpp"
#include "http/listener.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "http/stream.hpp"
#include "http/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace warder::http {

class Worker;

inline constexpr HeadRefusal kTimeout{408, "timeout", "The request took too long to arrive."};

/// One client's connection: read, answer, again, in one coroutine on one worker's thread.
class Connection {
  public:
    /// @param is_beyond_limit  there are too many already: one that is idle has to go for it.
    Connection(Worker& worker, ListenerRole role, Stream stream, AddressBytes const& peer, bool is_beyond_limit);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection();

    Task<void> run();

    /// The worker's, on its thread, a few times a second.
    void sweep(std::chrono::steady_clock::time_point now) { link_.sweep(now); }
    /// Ends a connection that is idle or only reads on behind its last answer; another one ends with the answer in the making.
    void drain();
    /// Ends it whatever it does.
    void close() { link_.close(); }

    [[nodiscard]] ListenerRole role() const noexcept { return role_; }
    [[nodiscard]] bool is_refused() const noexcept { return is_refused_; }
    /// See `ClientLink::idle_since`. One that was refused never makes room: it is beyond the limit itself.
    [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const noexcept {
        return is_refused_ ? std::nullopt : link_.idle_since();
    }
    /// Whether a request may have come to an idle connection that nobody has read yet.
    [[nodiscard]] bool has_input() noexcept { return link_.phase() != ClientLink::Phase::kLinger && link_.stream().has_input(); }

    std::size_t number = 0;  ///< Its place in the worker's list; the worker's alone.

  private:
    /// Who takes a request.
    enum class Destination : std::uint8_t { kOwnCall, kDecision, kGateway };

    Task<void> refuse_connection();
    Task<bool> begin_tls();
    Task<void> serve();
    Task<bool> receive_head();
    Task<bool> receive_body();
    Task<bool> drop_body();
    std::optional<bool> answer_at_once(Destination destination, Match const& found);
    Task<bool> answer_by_waiting(Destination destination, Match found);
    Task<bool> answer_own_call(Match found);
    Task<bool> answer_unread(Response const& response);
    Task<bool> send_pieces(BodyPieces& pieces);
    Task<bool> answer_decision();
    Task<bool> forward();
    /// @param rest  what may still come: of a request that can't be read nobody knows how much it is.
    Task<void> refuse_and_end(HeadRefusal refusal, ClientLink::Rest rest = ClientLink::Rest::kBody);
    [[nodiscard]] ClientLink::Rest rest() const noexcept;
    Task<void> refuse_host(std::string_view host);

    /// The `Host` for which the request is not answered; nothing if it is.
    [[nodiscard]] std::optional<std::string_view> find_foreign_host(Destination destination, Match const& found) const noexcept;
    Destination find_destination(std::string_view path, Match& found);
    bool append(Response const& response, bool keeps_alive);

    [[nodiscard]] AddressBytes client() const noexcept;
    [[nodiscard]] bool is_trusted_proxy() const noexcept;
    [[nodiscard]] std::string_view client_proto() const noexcept;
    [[nodiscard]] bool may_stay() const noexcept;
    [[nodiscard]] Framing framing(bool keeps_alive) const noexcept;

    Worker* worker_;
    ListenerRole role_;
    ClientLink link_;
    AddressBytes peer_;
    bool is_beyond_limit_;
    bool is_refused_ = false;
    bool is_first_head_ = true;  ///< `header_timeout` runs from accept until it is complete.

    HeadFacts facts_;
    Request request_;
    std::unique_ptr<Way> way_;  ///< Of the request, if it is the gateway's.
};

}  // namespace warder::http
