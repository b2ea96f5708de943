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

/// A client that says something else than a command of ours, on the plain path.
class Stranger {
  public:
    explicit Stranger(std::filesystem::path const& path) : socket_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
        is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0;
    }
    Stranger(Stranger const&) = delete;
    Stranger& operator=(Stranger const&) = delete;
    ~Stranger() { ::close(socket_); }

    [[nodiscard]] bool is_connected() const { return is_connected_; }
    void say(std::string const& text) const { ASSERT_EQ(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size())); }
    /// Everything until the other side closes.
    [[nodiscard]] std::string hear() const {
        std::string heard;
        for (char byte = 0; ::recv(socket_, &byte, 1, 0) == 1;) heard += byte;
        return heard;
    }

  private:
    int socket_;
    bool is_connected_ = false;
};

TEST(Knock, IsHeardOnceTheServerHasReadTheChange) {
    TemporaryDirectory const folder;
    std::atomic<int> knocks = 0;
    auto const listener = ControlSocket::open(folder.path(), [&] { return ++knocks > 0; });
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_EQ(notify_server(folder.path()), NotifyResult::kReloaded);
    EXPECT_EQ(notify_server(folder.path()), NotifyResult::kReloaded);
    EXPECT_EQ(knocks, 2);
}

TEST(Knock, TellsAServerThatFailedFromOneThatIsNotThere) {
    TemporaryDirectory const folder;
    EXPECT_EQ(notify_server(folder.path()), NotifyResult::kNobody);
    EXPECT_EQ(notify_server(folder.path() / "missing"), NotifyResult::kNobody);
    {
        auto const listener = ControlSocket::open(folder.path(), [] { return false; });
        ASSERT_TRUE(listener) << listener.error();
        EXPECT_EQ(notify_server(folder.path()), NotifyResult::kFailed);
    }
    EXPECT_EQ(notify_server(folder.path()), NotifyResult::kNobody) << "the socket's file outlives its server";
}

TEST(Knock, FitsAnyPath) {
    TemporaryDirectory const folder;
    auto const deep = folder.path() / std::string(100, 'a') / std::string(100, 'b');
    std::filesystem::create_directories(deep);
    auto const listener = ControlSocket::open(deep, [] { return true; });
    ASSERT_TRUE(listener) << listener.error();
    EXPECT_EQ(notify_server(deep), NotifyResult::kReloaded);
}

TEST(Knock, SocketIsItsOwnersAlone) {
    TemporaryDirectory const folder;
    auto const listener = ControlSocket::open(folder.path(), [] { return true; });
    ASSERT_TRUE(listener) << listener.error();
    struct stat facts{};
    ASSERT_EQ(::stat((folder.path() / "warder.sock").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0600U);
}

TEST(Knock, AnswersNothingElse) {
    TemporaryDirectory const folder;
    std::atomic<int> knocks = 0;
    auto const listener = ControlSocket::open(folder.path(), [&] { return ++knocks > 0; });
    ASSERT_TRUE(listener) << listener.error();
    for (std::string const said : {"reload all\n", "\n", "RELOAD\n", "reload and much more than any command that there is\n"}) {
        Stranger const stranger{folder.path() / "warder.sock"};
        ASSERT_TRUE(stranger.is_connected());
        stranger.say(said);
        EXPECT_EQ(stranger.hear(), "") << said;
    }
    EXPECT_EQ(knocks, 0);
    Stranger const known{folder.path() / "warder.sock"};
    known.say("reload\n");
    EXPECT_EQ(known.hear(), "ok\n");
}

}  // namespace
}  // namespace warder::runtime
