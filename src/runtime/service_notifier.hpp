// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace warder::log {
class Logger;
}

/// Notifications for the service manager that started the server, in the protocol of systemd's sd_notify(3): datagrams
/// with one `NAME=value` a line.
namespace warder::runtime {

/// What the service manager expects, from the variables that it sets.
struct ServiceSettings {
    std::string socket;                                 ///< Path of its socket, or "@" and an abstract name; empty: nobody expects notifications.
    std::optional<std::chrono::microseconds> watchdog;  ///< The longest time between two signs of life; nullopt if it doesn't wait for any.
};

/// Reads `NOTIFY_SOCKET`, and `WATCHDOG_USEC` unless `WATCHDOG_PID` is another process.
[[nodiscard]] ServiceSettings service_settings_from_environment();

/// Sends the notifications; does nothing if nobody expects any. A notification that can't be sent is logged. Thread-safe;
/// allocates no memory.
class ServiceNotifier {
  public:
    /// @param log  must outlive this object.
    ServiceNotifier(ServiceSettings settings, log::Logger& log);
    ServiceNotifier(ServiceNotifier const&) = delete;
    ServiceNotifier& operator=(ServiceNotifier const&) = delete;
    ~ServiceNotifier();

    /// The start or a reload is complete.
    void notify_ready() noexcept;
    /// A reload begins, which `notify_ready` ends.
    void notify_reloading() noexcept;
    void notify_stopping() noexcept;
    /// The server responds.
    void notify_alive() noexcept;

  private:
    void send(std::string_view state) noexcept;

    ServiceSettings settings_;
    log::Logger* log_;
    int socket_;
};

/// Sends signs of life as long as the server responds, from a thread of its own: the main thread may wait for a slow
/// disk, which a restart would not make faster.
class Watchdog {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// Sends the first sign of life immediately, and the others four times as often as required.
    /// @param notifier  must outlive this object. @param interval  the longest time between two signs of life.
    /// @param responded_at  returns when the server last responded. If that is half of the interval ago, and at least a
    /// second, no sign of life is sent. Called on this object's thread.
    Watchdog(ServiceNotifier& notifier, std::chrono::microseconds interval, std::function<Time()> responded_at);

  private:
    void run(std::stop_token const& stop, std::chrono::microseconds interval);

    ServiceNotifier* notifier_;
    std::function<Time()> responded_at_;
    std::mutex mutex_;
    std::condition_variable_any stopped_;
    std::jthread thread_;
};

}  // namespace warder::runtime
