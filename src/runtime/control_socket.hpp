// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

/// The control socket: with it the command line asks a running server to reload after a change of the store or the
/// keys. It is a Unix socket in the data directory; the server answers whether it has reloaded.
namespace warder::runtime {

/// The server's side. Accepts requests only from its own user and root, one at a time.
class ControlSocket {
  public:
    /// @param on_notification  reloads the keys and the store, and returns whether that succeeded. Called on this object's
    /// thread.
    static std::expected<std::unique_ptr<ControlSocket>, std::string> open(std::filesystem::path const& data_dir,
                                                                           std::function<bool()> on_notification);
    ControlSocket(ControlSocket const&) = delete;
    ControlSocket& operator=(ControlSocket const&) = delete;
    ~ControlSocket();

  private:
    ControlSocket(int socket, int wake, std::function<bool()> on_notification);
    void answer_until_woken();
    void answer(int client) noexcept;

    int socket_;
    int wake_;
    std::function<bool()> on_notification_;
    std::jthread thread_;
};

enum class NotifyResult {
    kReloaded,  ///< The server has read the change.
    kNoServer,  ///< No server runs. It will read the store when it starts.
    kFailed,    ///< The server could not reload; its log says why.
    kNoAnswer,  ///< A server may be running, but it did not confirm within two seconds that it has reloaded.
};
/// Asks a running server to reload. Blocks for at most two seconds.
NotifyResult notify_server(std::filesystem::path const& data_dir);

}  // namespace warder::runtime
