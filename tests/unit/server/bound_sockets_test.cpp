// SPDX-License-Identifier: MIT
#include "server/bound_sockets.hpp"

#include "net/certificate.hpp"
#include "server/server.hpp"
#include "temporary_directory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace warder::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ServerSettings settings_for(std::string host, std::uint16_t port = 0) {
    ServerSettings settings;
    settings.listen = {.host = std::move(host), .port = port};
    settings.threads = 2;
    return settings;
}

std::uint16_t port_of(BoundSocket const& socket) {
    return static_cast<std::uint16_t>(std::stoul(socket.authority.substr(socket.authority.rfind(':') + 1)));
}

std::size_t count_descriptors() {
    struct Close {
        void operator()(::DIR* directory) const noexcept { ::closedir(directory); }
    };
    std::unique_ptr<::DIR, Close> const directory{::opendir("/proc/self/fd")};
    std::size_t count = 0;
    while (::readdir(directory.get()) != nullptr) ++count;
    return count;
}

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

TEST(BoundSockets, OpensOneListeningSocketWithADescriptorPerThread) {
    auto const bound = BoundSockets::open(settings_for("127.0.0.1"));
    ASSERT_TRUE(bound.has_value());
    ASSERT_EQ(bound->sockets.size(), 1U);
    auto const& socket = bound->sockets.front();
    EXPECT_EQ(socket.role, net::ListenerRole::kEverything);
    EXPECT_THAT(socket.authority, StartsWith("127.0.0.1:"));
    EXPECT_GT(port_of(socket), 0);
    EXPECT_EQ(bound->identity, nullptr);
    ASSERT_EQ(socket.descriptors.size(), 2U);
    EXPECT_NE(socket.descriptors[0].get(), socket.descriptors[1].get());
    for (auto const& descriptor : socket.descriptors) {
        int is_listening = 0;
        ::socklen_t size = sizeof is_listening;
        EXPECT_EQ(::getsockopt(descriptor.get(), SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size), 0);
        EXPECT_EQ(is_listening, 1);
        EXPECT_NE(::fcntl(descriptor.get(), F_GETFD) & FD_CLOEXEC, 0) << "a program that the server starts must not have its sockets";
    }
}

TEST(BoundSockets, WritesAnIpv6AddressInBrackets) {
    auto const bound = BoundSockets::open(settings_for("::1"));
    if (!bound) {
        EXPECT_THAT(bound.error(), HasSubstr("[::1]:0"));  // a machine without IPv6
        return;
    }
    EXPECT_TRUE(bound->sockets.front().is_ipv6);
    EXPECT_THAT(bound->sockets.front().authority, StartsWith("[::1]:"));
}

TEST(BoundSockets, FailsForAnAddressInUseAndNamesIt) {
    auto const first = BoundSockets::open(settings_for("127.0.0.1"));
    ASSERT_TRUE(first.has_value());
    auto const port = port_of(first->sockets.front());
    auto const second = BoundSockets::open(settings_for("127.0.0.1", port));
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), "can't listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use");
}

TEST(BoundSockets, ReleasesTheAddressOnDestruction) {
    std::uint16_t port = 0;
    {
        auto const bound = BoundSockets::open(settings_for("127.0.0.1"));
        ASSERT_TRUE(bound.has_value());
        port = port_of(bound->sockets.front());
    }
    EXPECT_TRUE(BoundSockets::open(settings_for("127.0.0.1", port)).has_value());
}

TEST(BoundSockets, RejectsAHostThatIsNotAnIpAddress) {
    for (auto const* host : {"localhost", "", "127.0.0.1:80", "[::1]", "1.2.3", "999.0.0.1"}) {
        auto const bound = BoundSockets::open(settings_for(host));
        ASSERT_FALSE(bound.has_value()) << host;
        EXPECT_EQ(bound.error(), "can't listen on \"" + std::string{host} + "\": it is not an IP address");
    }
}

TEST(BoundSockets, FailsForAnAddressOfAnotherMachine) {
    auto const bound = BoundSockets::open(settings_for("192.0.2.1"));
    ASSERT_FALSE(bound.has_value());
    EXPECT_THAT(bound.error(), StartsWith("can't listen on 192.0.2.1:0: "));
}

TEST(BoundSockets, OpensASecondSocketForTheGateway) {
    auto settings = settings_for("127.0.0.1");
    settings.gateway_listen = net::ListenAddress{.host = "127.0.0.1", .port = 0};
    auto const bound = BoundSockets::open(settings);
    ASSERT_TRUE(bound.has_value());
    ASSERT_EQ(bound->sockets.size(), 2U);
    EXPECT_EQ(bound->sockets[0].role, net::ListenerRole::kEverything);
    EXPECT_EQ(bound->sockets[1].role, net::ListenerRole::kGateway);
    EXPECT_NE(bound->sockets[0].authority, bound->sockets[1].authority);
}

TEST(BoundSockets, ClosesTheFirstSocketWhenTheGatewaySocketFails) {
    auto const taken = BoundSockets::open(settings_for("127.0.0.1"));
    ASSERT_TRUE(taken.has_value());
    auto settings = settings_for("127.0.0.1");
    settings.gateway_listen = net::ListenAddress{.host = "127.0.0.1", .port = port_of(taken->sockets.front())};
    auto const before = count_descriptors();
    auto const bound = BoundSockets::open(settings);
    ASSERT_FALSE(bound.has_value());
    EXPECT_THAT(bound.error(), HasSubstr(taken->sockets.front().authority));
    EXPECT_EQ(count_descriptors(), before);
}

TEST(BoundSockets, ReadsTheCertificateOrNamesTheFileInTheError) {
    warder::tests::TemporaryDirectory const directory;
    auto settings = settings_for("127.0.0.1");
    settings.tls = net::tests::make_certificate(directory.path(), "DNS:localhost");
    auto const bound = BoundSockets::open(settings);
    ASSERT_TRUE(bound.has_value());
    EXPECT_NE(bound->identity, nullptr);

    settings.tls.certificate = directory.path() / "missing.pem";
    auto const before = count_descriptors();
    auto const failed = BoundSockets::open(settings);
    ASSERT_FALSE(failed.has_value());
    EXPECT_THAT(failed.error(), HasSubstr("missing.pem"));
    EXPECT_EQ(count_descriptors(), before);
}

TEST(ThreadCount, IsTheSettingOrAtLeastOne) {
    ServerSettings settings;
    settings.threads = 7;
    EXPECT_EQ(thread_count(settings), 7U);
    settings.threads = 0;
    EXPECT_GE(thread_count(settings), 1U);
}

TEST(Descriptor, ClosesItsDescriptorOnce) {
    int const number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(number, 0);
    {
        Descriptor first{number};
        Descriptor const second{std::move(first)};
        EXPECT_EQ(second.get(), number);
        EXPECT_TRUE(is_open(number));
    }
    EXPECT_FALSE(is_open(number));
}

TEST(Descriptor, ReleaseKeepsTheDescriptorOpen) {
    int const number = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_GE(number, 0);
    {
        Descriptor descriptor{number};
        EXPECT_EQ(descriptor.release(), number);
    }
    EXPECT_TRUE(is_open(number));
    Descriptor const closes{number};
}

}  // namespace
}  // namespace warder::server
