// SPDX-License-Identifier: MIT
#pragma once

#include "concurrent/read_mostly.hpp"
#include "crypto/secret.hpp"
#include "gateway/routes/route.hpp"

#include <atomic>
#include <chrono>
#include <expected>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace warder {
class Clock;
}

namespace warder::gateway {

/// A header with an upstream credential. Its value is wiped on destruction and never logged.
struct CredentialHeader {
    std::string name;
    crypto::Secret value;
};

/// Maximum size of a credential file's content, without its final newline.
inline constexpr std::size_t kMaxCredential = 8 * 1024;

/// Reads the file of a source that has one: one line of UTF-8 without control characters; the final newline is removed.
///
/// Rejects a file that group or others may read or write, or that belongs to another user (with the exceptions in
/// `files::validate_secret_file`), and anything but a regular file. Symbolic links are followed.
/// @return the header, or a message with the path and without any of the content.
[[nodiscard]] std::expected<CredentialHeader, std::string> read_upstream_credential(UpstreamCredentialSource const& source);

/// Returns all problems with the source's file, not only the first one; empty if the source has no file or
/// `read_upstream_credential` can read it.
[[nodiscard]] std::vector<std::string> find_upstream_credential_problems(UpstreamCredentialSource const& source);

/// The credential that a route adds to requests. Another program may replace the file at any time (Bitcoin Core does so at
/// each start), so it is read again when the last read is `kFreshFor` ago. If it is unusable, `read` returns an error until
/// it is fixed, never the old value.
///
/// Thread-safe. `read` takes a lock only if the file is due to be read again: one thread then reads it while others wait for
/// the result.
class UpstreamCredential {
  public:
    static constexpr std::chrono::milliseconds kFreshFor{200};

    /// Does not read the file. @param clock  must outlive this object.
    UpstreamCredential(UpstreamCredentialSource source, Clock const& clock);

    /// The header; null if the source is `none` or `pass`, which add nothing. If the file is unusable, the message of
    /// `read_upstream_credential`.
    using Found = std::expected<std::shared_ptr<CredentialHeader const>, std::string>;
    [[nodiscard]] Found read() const;

    /// Returns the name of the added header, as it is sent; clients must not send a header of that name. Empty if nothing
    /// is added.
    [[nodiscard]] std::string const& header_name() const noexcept { return header_name_; }

  private:
    [[nodiscard]] bool is_fresh(std::chrono::steady_clock::time_point now) const noexcept;
    void reload(std::chrono::steady_clock::time_point now) const;

    UpstreamCredentialSource source_;
    Clock const* clock_;
    std::string header_name_;
    mutable std::mutex reload_mutex_;
    mutable std::atomic<std::chrono::steady_clock::time_point> loaded_at_{std::chrono::steady_clock::time_point::min()};
    mutable concurrent::ReadMostly<Found> found_;
};

}  // namespace warder::gateway
