// SPDX-License-Identifier: MIT
#include "gateway/upstream/name_resolver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <thread>
#include <utility>

namespace warder::gateway {
namespace {

namespace asio = boost::asio;
using Time = std::chrono::steady_clock::time_point;

/// If there are more, expired names are removed: they may belong to routes that no longer exist.
constexpr std::size_t kManyNames = 64;

struct FreeAddresses {
    void operator()(addrinfo* addresses) const noexcept { ::freeaddrinfo(addresses); }
};

std::optional<asio::ip::address> read_address(addrinfo const& found) {
    if (found.ai_family == AF_INET) {
        sockaddr_in address{};
        std::memcpy(&address, found.ai_addr, sizeof address);
        return asio::ip::address_v4{ntohl(address.sin_addr.s_addr)};
    }
    if (found.ai_family != AF_INET6) return std::nullopt;
    sockaddr_in6 address{};
    std::memcpy(&address, found.ai_addr, sizeof address);
    asio::ip::address_v6::bytes_type bytes{};
    std::memcpy(bytes.data(), &address.sin6_addr, bytes.size());
    return asio::ip::address_v6{bytes, address.sin6_scope_id};
}

/// Returns whether a name is below "invalid", which never resolves (RFC 6761 section 6.4), even if no name server can say so.
bool is_never_a_host(std::string_view host) noexcept {
    if (host.ends_with('.')) host.remove_suffix(1);
    return host == "invalid" || host.ends_with(".invalid");
}

NameResolver::Answer look_up(std::string const& host) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    int const code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    int const error = errno;
    std::unique_ptr<addrinfo, FreeAddresses> const owned{found};
    std::vector<asio::ip::address> addresses;
    for (auto const* entry = found; entry != nullptr && addresses.size() < NameResolver::kMaxAddresses; entry = entry->ai_next)
        if (auto const address = read_address(*entry)) addresses.push_back(*address);
    if (code == 0 && !addresses.empty()) return addresses;
    bool const is_unknown = code == 0 || code == EAI_NONAME || code == EAI_NODATA || code == EAI_ADDRFAMILY || is_never_a_host(host);
    if (code == 0) return std::unexpected{LookupError{.is_unknown = true, .message = "it has no address"}};
    return std::unexpected{LookupError{.is_unknown = is_unknown, .message = code == EAI_SYSTEM ? std::strerror(error) : ::gai_strerror(code)}};
}

NameResolver::Answer answer_of(NameResolver::Lookup const& lookup, std::string const& host) {
    try {
        return lookup(host);
    } catch (std::exception const&) {
        return std::unexpected{LookupError{.is_unknown = false, .message = "not enough memory"}};
    }
}

}  // namespace

struct NameResolver::Waiter {
    using Timer = asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

    explicit Waiter(asio::io_context& its_context) : context{&its_context}, answered{its_context, Time::max()} {}

    asio::io_context* context;
    Timer answered;                        ///< Used only on its own thread.
    std::shared_ptr<Answer const> answer;  ///< Set before the wake-up is posted to its thread.
};

struct NameResolver::State : std::enable_shared_from_this<State> {
    struct Name {
        std::shared_ptr<Answer const> answer;
        Time good_until = Time::min();
        bool is_in_flight = false;  ///< A lookup is running or queued.
        std::vector<std::shared_ptr<Waiter>> waiters;
    };

    explicit State(Lookup how) : lookup{std::move(how)} {}

    /// Returns the cached answer; if null, the waiter receives the answer later.
    std::shared_ptr<Answer const> access(std::string const& host, std::shared_ptr<Waiter> const& waiter);
    void forget(std::shared_ptr<Waiter> const& waiter) noexcept;

    /// The main function of a lookup thread: looks up this name, then those in the queue.
    void work(std::string host) noexcept;
    /// Caches the answer and passes it to the waiters.
    void finish(std::string const& host, Answer answer);
    /// Returns the next queued name for a thread that has finished a lookup; nullopt if the thread must end.
    std::optional<std::string> take_queued() noexcept;
    void begin(std::string const& host);
    void drop_old(Time now);

    Lookup lookup;
    std::mutex mutex;
    std::map<std::string, Name> names;
    std::deque<std::string> queue;
    std::size_t threads = 0;
};

std::shared_ptr<NameResolver::Answer const> NameResolver::State::access(std::string const& host, std::shared_ptr<Waiter> const& waiter) {
    auto const now = std::chrono::steady_clock::now();
    std::scoped_lock const lock{mutex};
    if (names.size() >= kManyNames) drop_old(now);
    auto& name = names[host];
    if (name.answer && now < name.good_until) return name.answer;
    try {
        if (!name.is_in_flight) begin(host);
    } catch (std::system_error const& failure) {
        return std::make_shared<Answer const>(std::unexpected{LookupError{.is_unknown = false, .message = failure.code().message()}});
    }
    name.waiters.push_back(waiter);
    return nullptr;
}

/// Requires the mutex. Throws if there is no memory or no thread.
void NameResolver::State::begin(std::string const& host) {
    if (threads == kMaxThreads) {
        queue.push_back(host);
    } else {
        std::thread{[state = shared_from_this(), host] { state->work(host); }}.detach();
        ++threads;
    }
    names[host].is_in_flight = true;
}

void NameResolver::State::drop_old(Time now) {
    std::erase_if(names,
                  [now](auto const& entry) { return !entry.second.is_in_flight && entry.second.waiters.empty() && now >= entry.second.good_until; });
}

void NameResolver::State::forget(std::shared_ptr<Waiter> const& waiter) noexcept {
    std::scoped_lock const lock{mutex};
    for (auto& [host, name] : names) std::erase(name.waiters, waiter);
}

void NameResolver::State::work(std::string host) noexcept {
    for (std::optional<std::string> next{std::move(host)}; next; next = take_queued()) {
        try {
            finish(*next, answer_of(lookup, *next));
        } catch (std::exception const&) {
            // The waiters keep waiting until they time out or a later query starts a new lookup.
            std::scoped_lock const lock{mutex};
            if (auto const found = names.find(*next); found != names.end()) found->second.is_in_flight = false;
        }
    }
}

void NameResolver::State::finish(std::string const& host, Answer answer) {
    auto shared = std::make_shared<Answer const>(std::move(answer));
    std::scoped_lock const lock{mutex};
    auto& name = names[host];
    name.answer = std::move(shared);
    name.good_until = std::chrono::steady_clock::now() + kRemembered;
    name.is_in_flight = false;
    // While the mutex is held, the context of every waiter in the list exists.
    for (auto const& waiter : name.waiters) {
        waiter->answer = name.answer;
        asio::post(*waiter->context, [waiter] { waiter->answered.cancel(); });
    }
    name.waiters.clear();
}

std::optional<std::string> NameResolver::State::take_queued() noexcept {
    std::scoped_lock const lock{mutex};
    if (queue.empty()) {
        --threads;
        return std::nullopt;
    }
    std::optional<std::string> next{std::move(queue.front())};
    queue.pop_front();
    return next;
}

NameResolver::NameResolver() : NameResolver{look_up} {}
NameResolver::NameResolver(Lookup lookup) : state_{std::make_shared<State>(std::move(lookup))} {}

NameResolver::Query::Query(NameResolver& resolver, asio::io_context& context) : state_{resolver.state_}, waiter_{std::make_shared<Waiter>(context)} {}

NameResolver::Query::~Query() { state_->forget(waiter_); }

net::Task<std::shared_ptr<NameResolver::Answer const>> NameResolver::Query::resolve(std::string host) {
    auto const waiter = waiter_;
    if (auto known = state_->access(host, waiter)) co_return known;
    co_await waiter->answered.async_wait(asio::as_tuple(net::kAwait));
    co_return waiter->answer;
}

void NameResolver::Query::cancel() noexcept {
    state_->forget(waiter_);
    waiter_->answered.cancel();
}

}  // namespace warder::gateway
