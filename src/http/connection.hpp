// SPDX-License-Identifier: MIT
#pragma once

#include "authority/throttle.hpp"
#include "http/chunk_reader.hpp"
#include "http/client_address.hpp"
#include "http/request.hpp"
#include "http/request_parser.hpp"
#include "http/response.hpp"
#include "http/stream.hpp"
#include "http/task.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace warder::http {

class Worker;

/// One client's connection: read, answer, again, in one coroutine on one worker's thread.
///
/// Answers gather in `out_` as long as whole requests are at hand and go out with one write before the next read. The head of a request stays where
/// it was received while it is answered.
class Connection {
  public:
    /// @param is_refused  there are too many already: say so and go.
    Connection(Worker& worker, Stream stream, AddressBytes const& peer, bool is_refused);
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;
    ~Connection();

    Task<void> run();

    /// The worker's, on its thread, a few times a second.
    void sweep(std::chrono::steady_clock::time_point now);
    /// Ends an idle connection; another one ends with the answer in the making.
    void drain();
    /// Ends it whatever it does.
    void close();

    std::size_t number = 0;  ///< Its place in the worker's list; the worker's alone.

  private:
    enum class Phase : std::uint8_t { kIdle, kHead, kBody, kAnswer, kWrite, kLinger };

    Task<bool> begin_tls();
    Task<void> serve();
    Task<bool> receive_head();
    Task<bool> receive_body();
    Task<bool> flush_slowly();
    Task<void> refuse_and_end(HeadRefusal refusal);
    Task<void> linger();

    HeadScanner::State scan_head();
    std::optional<HeadRefusal> begin_request();
    ChunkReader::State feed_body();
    bool flush_at_once();
    void append(Response const& response, bool keeps_alive);
    void make_room_for_head();
    bool make_room_for_body();
    void reserve_for_body(std::size_t head_length);
    void enter(Phase phase, std::chrono::milliseconds limit);

    [[nodiscard]] authority::ClientAddress client() const noexcept;
    [[nodiscard]] std::string_view unread() const noexcept { return {buffer_.data() + begin_, end_ - begin_}; }

    Worker* worker_;
    Stream stream_;
    AddressBytes peer_;
    bool is_refused_;

    Phase phase_ = Phase::kIdle;
    bool has_timed_out_ = false;
    std::chrono::steady_clock::time_point deadline_;

    std::vector<char> buffer_;
    std::size_t begin_ = 0;  ///< Of what is not yet used,
    std::size_t end_ = 0;    ///< up to here.
    std::size_t body_start_ = 0;
    HeadScanner scanner_;
    bool has_skipped_line_ = false;

    HeadFacts facts_;
    Request request_;
    std::optional<RequestParser> parser_;
    ChunkReader chunks_;
    std::string out_;
    std::size_t written_ = 0;
};

}  // namespace warder::http
