// SPDX-License-Identifier: MIT
#pragma once

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

/// One client's connection: read, answer, again, in one coroutine on one worker's thread.
class Connection {
  public:
    /// @param is_refused  there are too many already: say so and go.
    Connection(Worker& worker, ListenerRole role, Stream stream, AddressBytes const& peer, bool is_refused);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection();

    Task<void> run();

    /// The worker's, on its thread, a few times a second.
    void sweep(std::chrono::steady_clock::time_point now) { link_.sweep(now); }
    /// Ends an idle connection; another one ends with the answer in the making.
    void drain();
    /// Ends it whatever it does.
    void close() { link_.close(); }

    std::size_t number = 0;  ///< Its place in the worker's list; the worker's alone.

  private:
    /// Who takes a request.
    enum class Destination : std::uint8_t { kOwnCall, kDecision, kGateway };

    Task<bool> begin_tls();
    Task<void> serve();
    Task<bool> receive_head();
    Task<bool> receive_body();
    Task<bool> drop_body();
    std::optional<bool> answer_at_once(Destination destination, Match const& found);
    Task<bool> answer_by_waiting(Destination destination, Match found);
    Task<bool> answer_own_call(Match found);
    Task<bool> answer_decision();
    Task<bool> forward();
    Task<void> refuse_and_end(HeadRefusal refusal);
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
    bool is_refused_;

    HeadFacts facts_;
    Request request_;
    std::unique_ptr<Way> way_;  ///< Of the request, if it is the gateway's.
};

}  // namespace warder::http
