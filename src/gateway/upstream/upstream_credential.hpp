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

/// Reads the file of a source that has one: a line of UTF-8 without control characters, whose final newline is cut.
///
/// Refuses a file that group or others may read or write, that belongs to somebody else, and whatever is no regular file; a symbolic link is
/// followed.
/// @return else a sentence with the path, never with anything of the content.
[[nodiscard]] std::expected<CredentialHeader, std::string> read_upstream_credential(UpstreamCredentialSource const& source);

/// Everything that is wrong with the source's file, not only what is met first; empty if there is none or `read_upstream_credential` reads it.
[[nodiscard]] std::vector<std::string> find_upstream_credential_problems(UpstreamCredentialSource const& source);

/// What a route puts into requests. Others may replace the file at any time (Bitcoin Core does at each start): it is looked at again when the last
/// look is `kBelieved` old, and what can't be used then is an error until it can be used again; an old value is never given for it.
///
/// Any thread may call `read`. It takes no lock but where a look is due: then one looks, and who comes meanwhile waits for what it finds.
class UpstreamCredential {
  public:
    static constexpr std::chrono::milliseconds kBelieved{200};

    /// Doesn't touch the file. @param clock  outlives it.
    UpstreamCredential(UpstreamCredentialSource source, Clock const& clock);

    /// The header; null where the source is `none` or `pass`, which put nothing in. Else why there is none, as `read_upstream_credential` says it.
    using Found = std::expected<std::shared_ptr<CredentialHeader const>, std::string>;
    [[nodiscard]] Found read() const;

    /// The name that no client may send; empty where nothing is put in. As it is put in.
    [[nodiscard]] std::string const& header_name() const noexcept { return header_name_; }

  private:
    [[nodiscard]] bool is_believed(std::chrono::steady_clock::time_point now) const noexcept;
    void look_again(std::chrono::steady_clock::time_point now) const;

    UpstreamCredentialSource source_;
    Clock const* clock_;
    std::string header_name_;
    mutable std::mutex looking_;
    mutable std::atomic<std::chrono::steady_clock::time_point> looked_at_{std::chrono::steady_clock::time_point::min()};
    mutable concurrent::ReadMostly<Found> found_;
};

}  // namespace warder::gateway
