// SPDX-License-Identifier: MIT
#include "runtime/control_socket.hpp"

#include "temporary_directory.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace warder::runtime {
namespace {

using tests::TemporaryDirectory;

/// A client that can send anything to the control socket, at its plain path.
class RawClient {
  public:
    explicit RawClient(std::filesystem::path const& path) : socket_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
        is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
    }
    RawClient(RawClient const&) = delete;
    RawClient& operator=(RawClient const&) = delete;
    ~RawClient() { ::close(socket_); }

    [[nodiscard]] bool is_connected() const { return is_connected_; }
    void send(std::string const& text) const {
        ASSERT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
    }
    /// Returns everything that the other side sends until it closes.
    [[nodiscard]] std::string receive_all() const {
        std::string received;
        for (char byte = 0; ::recv(socket_, &byte, 1, 0) == 1;) received += byte;
        return received;
    }

  private:
    int socket_;
    bool is_connected_ = false;
};

TEST(NotifyServer, ReturnsReloadedAfterTheServerHasReloaded) {
    TemporaryDirectory const directory;
    std::atomic<int> reloads = 0;
    auto const listener = ControlSocket::open(directory.path(), [&] { return ++reloads > 0; });
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_EQ(notify_server(directory.path()), NotifyResult::kReloaded);
    EXPECT_EQ(notify_server(directory.path()), NotifyResult::kReloaded);
    EXPECT_EQ(reloads, 2);
}

TEST(NotifyServer, DistinguishesAFailedReloadFromAMissingServer) {
    TemporaryDirectory const directory;
    EXPECT_EQ(notify_server(directory.path()), NotifyResult::kNoServer);
    EXPECT_EQ(notify_server(directory.path() / "missing"), NotifyResult::kNoServer);
    {
        auto const listener = ControlSocket::open(directory.path(), [] { return false; });
        ASSERT_TRUE(listener) << listener.error();
        EXPECT_EQ(notify_server(directory.path()), NotifyResult::kFailed);
    }
    EXPECT_EQ(notify_server(directory.path()), NotifyResult::kNoServer) << "the socket's file outlives its server";
}

TEST(NotifyServer, SupportsPathsLongerThanASocketAddress) {
    TemporaryDirectory const directory;
    auto const deep = directory.path() / std::string(100, 'a') / std::string(100, 'b');
    std::filesystem::create_directories(deep);
    auto const listener = ControlSocket::open(deep, [] { return true; });
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_EQ(notify_server(deep), NotifyResult::kReloaded);
}

TEST(ControlSocket, IsAccessibleOnlyByItsOwner) {
    TemporaryDirectory const directory;
    auto const listener = ControlSocket::open(directory.path(), [] { return true; });
    ASSERT_TRUE(listener) << listener.error();
    struct stat facts{};
    ASSERT_EQ(::stat((directory.path() / "warder.sock").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(ControlSocket, ClosesConnectionsWithUnknownCommands) {
    TemporaryDirectory const directory;
    std::atomic<int> reloads = 0;
    auto const listener = ControlSocket::open(directory.path(), [&] { return ++reloads > 0; });
    ASSERT_TRUE(listener) << listener.error();
    for (std::string const command : {"reload all\n", "\n", "RELOAD\n", "reload and much more than any command that there is\n"}) {
        RawClient const client{directory.path() / "warder.sock"};
        ASSERT_TRUE(client.is_connected());
        client.send(command);
        EXPECT_EQ(client.receive_all(), "") << command;
    }
    EXPECT_EQ(reloads, 0);
    RawClient const known{directory.path() / "warder.sock"};
    known.send("reload\n");
    EXPECT_EQ(known.receive_all(), "ok\n");
}

}  // namespace
}  // namespace warder::runtime
