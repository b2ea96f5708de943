// SPDX-License-Identifier: MIT
#include "app/knock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace warder::app {
namespace {

constexpr std::string_view kAsk = "reload\n";
constexpr std::string_view kYes = "ok\n";
constexpr std::string_view kNo = "failed\n";
constexpr int kPatienceMilliseconds = 2'000;

/// The socket's address by way of the open folder: a path of any length fits.
struct Address {
    explicit Address(std::filesystem::path const& data_dir) : folder{::open(data_dir.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)} {
        value.sun_family = AF_UNIX;
        auto const path = "/proc/self/fd/" + std::to_string(folder) + "/warder.sock";
        path.copy(static_cast<char*>(value.sun_path), sizeof value.sun_path - 1);
    }
    Address(Address const&) = delete;
    Address& operator=(Address const&) = delete;
    ~Address() {
        if (folder >= 0) ::close(folder);
    }
    [[nodiscard]] sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&value); }

    int folder;
    sockaddr_un value{};
};

bool is_readable(int descriptor, int milliseconds) {
    pollfd watched{.fd = descriptor, .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, milliseconds) == 1;
}

/// Exactly this text, within the patience.
bool receives(int socket, std::string_view wanted) {
    std::string text;
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds{kPatienceMilliseconds};
    while (text.size() < wanted.size()) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
        if (left <= 0 || !is_readable(socket, static_cast<int>(left))) return false;
        std::array<char, 16> buffer{};
        auto const count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count <= 0) return false;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text == wanted;
}

bool is_trusted(int client) {
    ucred peer{};
    socklen_t length = sizeof peer;
    return ::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

}  // namespace

std::expected<std::unique_ptr<KnockListener>, std::string> KnockListener::open(std::filesystem::path const& data_dir, std::function<bool()> on_knock) {
    auto const path = data_dir / "warder.sock";
    // Whoever left it is gone: the data dir is ours alone.
    ::unlink(path.c_str());
    Address const address{data_dir};
    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int const wake = ::eventfd(0, EFD_CLOEXEC);
    bool const is_open = socket >= 0 && wake >= 0 && ::bind(socket, address.get(), sizeof address.value) == 0 && ::chmod(path.c_str(), 0600) == 0 &&
                         ::listen(socket, 16) == 0;
    if (is_open) return std::unique_ptr<KnockListener>{new KnockListener{socket, wake, std::move(on_knock)}};
    auto const why = path.string() + ": it can't be opened: " + std::strerror(errno);
    if (socket >= 0) ::close(socket);
    if (wake >= 0) ::close(wake);
    return std::unexpected{why};
}

KnockListener::KnockListener(int socket, int wake, std::function<bool()> on_knock)
    : socket_{socket}, wake_{wake}, on_knock_{std::move(on_knock)}, thread_{[this] { answer_until_woken(); }} {}

KnockListener::~KnockListener() {
    ::eventfd_write(wake_, 1);
    thread_.join();
    ::close(socket_);
    ::close(wake_);
}

void KnockListener::answer_until_woken() {
    for (;;) {
        std::array<pollfd, 2> watched{{{.fd = socket_, .events = POLLIN, .revents = 0}, {.fd = wake_, .events = POLLIN, .revents = 0}}};
        if (::poll(watched.data(), watched.size(), -1) < 0) continue;
        if (watched[1].revents != 0) return;
        int const client = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        answer(client);
        ::close(client);
    }
}

void KnockListener::answer(int client) {
    if (!is_trusted(client) || !receives(client, kAsk)) return;
    auto const said = on_knock_() ? kYes : kNo;
    static_cast<void>(::send(client, said.data(), said.size(), MSG_NOSIGNAL));
}

KnockOutcome knock(std::filesystem::path const& data_dir) {
    Address const address{data_dir};
    int const socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return KnockOutcome::kNoAnswer;
    if (::connect(socket, address.get(), sizeof address.value) != 0) {
        ::close(socket);
        return KnockOutcome::kNobody;
    }
    bool const is_heard = ::send(socket, kAsk.data(), kAsk.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(kAsk.size()) && receives(socket, kYes);
    ::close(socket);
    return is_heard ? KnockOutcome::kHeard : KnockOutcome::kNoAnswer;
}

}  // namespace warder::app
