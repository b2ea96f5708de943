// SPDX-License-Identifier: MIT
#include "runtime/control_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace warder::runtime {
namespace {

constexpr std::string_view kAsk = "reload";
constexpr std::string_view kYes = "ok";
constexpr std::string_view kNo = "failed";
constexpr std::size_t kLongestLine = 16;
constexpr std::chrono::milliseconds kTimeout{2'000};
constexpr int kRetryDelayMilliseconds = 50;

/// The socket's address, relative to the open directory, so that a path of any length fits.
struct Address {
    explicit Address(std::filesystem::path const& data_dir) : directory{::open(data_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)} {
        value.sun_family = AF_UNIX;
        auto const path = "/proc/self/fd/" + std::to_string(directory) + "/warder.sock";
        path.copy(static_cast<char*>(value.sun_path), sizeof value.sun_path - 1);
    }
    Address(Address const&) = delete;
    Address& operator=(Address const&) = delete;
    ~Address() {
        if (directory >= 0) ::close(directory);
    }
    [[nodiscard]] sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&value); }

    int directory;
    sockaddr_un value{};
};

using Deadline = std::chrono::steady_clock::time_point;

Deadline deadline_from_now() { return std::chrono::steady_clock::now() + kTimeout; }

std::chrono::milliseconds left_until(Deadline deadline) {
    return std::max(std::chrono::milliseconds{0}, std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()));
}

/// Reads one line of at most `kLongestLine` bytes and returns it without its newline; nullopt if it doesn't arrive in
/// time.
std::optional<std::string> receive_line(int socket, Deadline deadline) {
    std::string text;
    while (text.size() <= kLongestLine) {
        if (text.ends_with('\n')) return text.substr(0, text.size() - 1);
        pollfd watched{.fd = socket, .events = POLLIN, .revents = 0};
        auto const ready = ::poll(&watched, 1, static_cast<int>(left_until(deadline).count()));
        if (ready < 0 && errno == EINTR) continue;
        if (ready != 1) return std::nullopt;
        char next = 0;
        if (::recv(socket, &next, 1, 0) != 1) return std::nullopt;
        text += next;
    }
    return std::nullopt;
}

bool send_line(int socket, std::string line) {
    line += '\n';
    return ::send(socket, line.data(), line.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(line.size());
}

/// Limits how long `connect` waits. It would block while the backlog of a suspended server is full.
bool bound_waiting(int socket) {
    timeval const timeout{.tv_sec = kTimeout.count() / 1000, .tv_usec = 0};
    return ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) == 0;
}

bool is_trusted(int client) {
    ucred peer{};
    socklen_t length = sizeof peer;
    return ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

std::expected<std::unique_ptr<ControlSocket>, std::string> ControlSocket::open(std::filesystem::path const& data_dir,
                                                                               std::function<bool()> on_notification) {
    auto const path = data_dir / "warder.sock";
    // The server that created it no longer runs, because this one holds the data directory.
    ::unlink(path.c_str());
    Address const address{data_dir};
    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int const wake = ::eventfd(0, EFD_CLOEXEC);
    bool const is_open = socket >= 0 && wake >= 0 && ::bind(socket, address.get(), sizeof address.value) == 0 && ::chmod(path.c_str(), 0600) == 0 &&
                         ::listen(socket, 16) == 0;
    if (is_open) return std::unique_ptr<ControlSocket>{new ControlSocket{socket, wake, std::move(on_notification)}};
    auto const why = path.string() + ": can't be opened: " + std::strerror(errno);
    if (socket >= 0) ::close(socket);
    if (wake >= 0) ::close(wake);
    return std::unexpected{why};
}

ControlSocket::ControlSocket(int socket, int wake, std::function<bool()> on_notification)
    : socket_{socket}, wake_{wake}, on_notification_{std::move(on_notification)}, thread_{[this] { answer_until_woken(); }} {}

ControlSocket::~ControlSocket() {
    ::eventfd_write(wake_, 1);
    thread_.join();
    ::close(socket_);
    ::close(wake_);
}

void ControlSocket::answer_until_woken() {
    for (;;) {
        std::array<pollfd, 2> watched{{{.fd = socket_, .events = POLLIN, .revents = 0}, {.fd = wake_, .events = POLLIN, .revents = 0}}};
        if (::poll(watched.data(), watched.size(), -1) < 0) continue;
        if (watched[1].revents != 0) return;
        int const client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) {
            // Out of file descriptors: the client stays in the backlog, and the pause avoids a busy loop.
            static_cast<void>(::poll(&watched[1], 1, kRetryDelayMilliseconds));
            continue;
        }
        answer(client);
        ::close(client);
    }
}

/// Answers one client. If memory runs out, the answer is that reloading failed, unless there is no memory for an answer.
void ControlSocket::answer(int client) noexcept {
    try {
        if (!is_trusted(client) || receive_line(client, deadline_from_now()) != kAsk) return;
        // If the client doesn't wait for the answer, the reload was done nevertheless.
        static_cast<void>(send_line(client, std::string{on_notification_() ? kYes : kNo}));
    } catch (std::exception const&) {  // NOLINT(bugprone-empty-catch): without an answer the command says so
    }
}

namespace {

NotifyResult access(int socket, Address const& address) {
    auto const deadline = deadline_from_now();
    if (!bound_waiting(socket)) return NotifyResult::kNoAnswer;
    if (::connect(socket, address.get(), sizeof address.value) != 0)
        return errno == ENOENT || errno == ECONNREFUSED ? NotifyResult::kNoServer : NotifyResult::kNoAnswer;
    if (!send_line(socket, std::string{kAsk})) return NotifyResult::kNoAnswer;
    auto const answer = receive_line(socket, deadline);
    if (answer == kYes) return NotifyResult::kReloaded;
    return answer == kNo ? NotifyResult::kFailed : NotifyResult::kNoAnswer;
}

}  // namespace

NotifyResult notify_server(std::filesystem::path const& data_dir) {
    Address const address{data_dir};
    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return NotifyResult::kNoAnswer;
    auto const outcome = access(socket, address);
    ::close(socket);
    return outcome;
}

}  // namespace warder::runtime
