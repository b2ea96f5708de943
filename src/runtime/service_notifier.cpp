// SPDX-License-Identifier: MIT
#include "runtime/service_notifier.hpp"

#include "core/text/number.hpp"
#include "files/posix_file.hpp"
#include "log/log.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <utility>

namespace warder::runtime {
namespace {

/// systemd's queue can be full for a moment. A server must not hang if nobody reads it.
constexpr timeval kSendTimeout{.tv_sec = 5, .tv_usec = 0};
constexpr std::chrono::seconds kLeastSilence{1};  ///< Workers respond every quarter of a second, if the machine isn't busy.

std::string_view variable(char const* name) noexcept {
    auto const* const value = std::getenv(name);
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

template <class Number>
std::optional<Number> number_in(char const* name) noexcept {
    return core::read_number<Number>(variable(name), Number{1}, std::numeric_limits<Number>::max());
}

struct ServiceAddress {
    sockaddr_un value{};
    socklen_t length = 0;  ///< 0: not an address.
};

ServiceAddress address_of(std::string_view socket) noexcept {
    ServiceAddress address;
    address.value.sun_family = AF_UNIX;
    bool const is_abstract = socket.starts_with('@');
    // The path of a file ends with a zero byte, an abstract name doesn't.
    if ((!is_abstract && !socket.starts_with('/')) || socket.size() + (is_abstract ? 0 : 1) > sizeof address.value.sun_path) return address;
    std::ranges::copy(socket, &address.value.sun_path[0]);
    if (is_abstract) address.value.sun_path[0] = '\0';
    address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size() + (is_abstract ? 0 : 1));
    return address;
}

int open_socket(std::string_view socket) noexcept {
    if (socket.empty()) return -1;
    int const descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor >= 0) static_cast<void>(::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &kSendTimeout, sizeof kSendTimeout));
    return descriptor;
}

}  // namespace

ServiceSettings service_settings_from_environment() {
    ServiceSettings settings{.socket = std::string{variable("NOTIFY_SOCKET")}, .watchdog = std::nullopt};
    auto const microseconds = number_in<std::int64_t>("WATCHDOG_USEC");
    bool const is_for_this_process = variable("WATCHDOG_PID").empty() || number_in<pid_t>("WATCHDOG_PID") == ::getpid();
    if (!settings.socket.empty() && microseconds && is_for_this_process) settings.watchdog = std::chrono::microseconds{*microseconds};
    return settings;
}

ServiceNotifier::ServiceNotifier(ServiceSettings settings, log::Logger& log)
    : settings_{std::move(settings)}, log_{&log}, socket_{open_socket(settings_.socket)} {}

ServiceNotifier::~ServiceNotifier() {
    if (socket_ >= 0) ::close(socket_);
}

void ServiceNotifier::notify_ready() noexcept { send("READY=1\n"); }

void ServiceNotifier::notify_reloading() noexcept {
    constexpr std::string_view kBegin = "RELOADING=1\nMONOTONIC_USEC=";
    // The manager compares this with its own clock, to tell this reload's READY=1 from an earlier one.
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    std::array<char, 64> text{};
    auto* const digits = std::ranges::copy(kBegin, text.begin()).out;
    auto* end = std::to_chars(digits, text.end() - 1, static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000).ptr;
    *end++ = '\n';
    send({text.data(), end});
}

void ServiceNotifier::notify_stopping() noexcept { send("STOPPING=1\n"); }

void ServiceNotifier::notify_alive() noexcept { send("WATCHDOG=1\n"); }

void ServiceNotifier::send(std::string_view state) noexcept {
    if (settings_.socket.empty()) return;
    auto const address = address_of(settings_.socket);
    auto const sent = files::uninterrupted([&] {
        return ::sendto(socket_, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<sockaddr const*>(&address.value), address.length);
    });
    if (sent >= 0) return;
    log_->warning("service_not_notified", {{"what", state.substr(0, state.find('\n'))},
                                           {"socket", std::string_view{settings_.socket}},
                                           {"why", std::string_view{std::strerror(errno)}}});
}

Watchdog::Watchdog(ServiceNotifier& notifier, std::chrono::microseconds interval, std::function<Time()> responded_at)
    : notifier_{&notifier}, responded_at_{std::move(responded_at)}, thread_{[this, interval](std::stop_token const& stop) { run(stop, interval); }} {}

void Watchdog::run(std::stop_token const& stop, std::chrono::microseconds interval) {
    auto const silence = std::max<std::chrono::microseconds>(interval / 2, kLeastSilence);
    std::unique_lock lock{mutex_};
    while (!stop.stop_requested()) {
        if (std::chrono::steady_clock::now() - responded_at_() < silence) notifier_->notify_alive();
        stopped_.wait_for(lock, stop, interval / 4, [] { return false; });
    }
}

}  // namespace warder::runtime
