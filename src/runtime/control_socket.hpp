// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

/// How the command line tells a running server that the store has changed: a socket in the data dir that carries "read again" and its answer.
namespace warder::runtime {

/// The server's end. Answers only its own user and root, one after the other.
class ControlSocket {
  public:
    /// @param on_knock  reads the store and the keys again; its answer is what the knocker is told. Called on this object's thread.
    static std::expected<std::unique_ptr<ControlSocket>, std::string> open(std::filesystem::path const& data_dir, std::function<bool()> on_knock);
    ControlSocket(ControlSocket const&) = delete;
    ControlSocket& operator=(ControlSocket const&) = delete;
    ~ControlSocket();

  private:
    ControlSocket(int socket, int wake, std::function<bool()> on_knock);
    void answer_until_woken();
    void answer(int client) noexcept;

    int socket_;
    int wake_;
    std::function<bool()> on_knock_;
    std::jthread thread_;
};

enum class NotifyResult {
    kReloaded,  ///< The server has read the change.
    kNobody,    ///< No server runs; it will read the store when it starts.
    kFailed,    ///< The server could not read it; its log says why.
    kNoAnswer,  ///< A server may be there, but did not say within two seconds that it has read the change.
};
/// Blocks for two seconds at most.
NotifyResult notify_server(std::filesystem::path const& data_dir);

}  // namespace warder::runtime
