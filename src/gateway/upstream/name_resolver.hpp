// SPDX-License-Identifier: MIT
#pragma once

#include "net/task.hpp"

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace warder::gateway {

/// Why a name has no address.
struct LookupError {
    bool is_unknown = false;  ///< The name does not exist; otherwise no answer was received.
    std::string message;      ///< The system's error message.
};

/// Looks up host names for the whole process, as getaddrinfo does (hosts file, search domains, order of addresses).
///
/// A name server that does not respond delays only its own names: each name has at most one lookup in flight, on a thread
/// of its own, which continues even if no query waits for it anymore. Answers and failures are cached for `kRemembered`.
/// All names are from the configuration, so the state is bounded. Thread-safe.
class NameResolver {
  public:
    using Answer = std::expected<std::vector<boost::asio::ip::address>, LookupError>;
    using Lookup = std::function<Answer(std::string const& host)>;

    static constexpr std::chrono::seconds kRemembered{5};
    static constexpr std::size_t kMaxThreads = 32;  ///< Further lookups wait for one to end.
    static constexpr std::size_t kMaxAddresses = 16;

    /// Uses the system's resolver.
    /// @param lookup  replaces it in tests; called on any thread and at any time, even after the resolver's destruction.
    NameResolver();
    explicit NameResolver(Lookup lookup);

    class Query;

  private:
    struct Waiter;
    struct State;

    std::shared_ptr<State> state_;  ///< Shared with the threads, which may outlive the resolver.
};

/// A pending lookup; resumes on the thread of an io_context.
class NameResolver::Query {
  public:
    /// @param resolver, context  must outlive the query.
    Query(NameResolver& resolver, boost::asio::io_context& context);
    Query(Query const&) = delete;
    Query& operator=(Query const&) = delete;
    ~Query();

    /// Looks the name up; may be called once. Returns null if it was canceled or memory ran out.
    net::Task<std::shared_ptr<Answer const>> resolve(std::string host);
    void cancel() noexcept;

  private:
    std::shared_ptr<State> state_;
    std::shared_ptr<Waiter> waiter_;
};

}  // namespace warder::gateway
