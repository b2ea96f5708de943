// SPDX-License-Identifier: MIT
#include "gateway/upstream/upstream_credential.hpp"

#include "core/text/base64url.hpp"
#include "core/text/utf8.hpp"
#include "core/try.hpp"
#include "files/posix_file.hpp"
#include "files/secret_file.hpp"
#include "http/text.hpp"
#include "warder/ports.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <sys/stat.h>
#include <utility>

namespace warder::gateway {
namespace {

using Kind = UpstreamCredentialSource::Kind;

bool has_file(UpstreamCredentialSource const& source) noexcept { return source.kind != Kind::kNone && source.kind != Kind::kPass; }

std::string header_of(UpstreamCredentialSource const& source) {
    if (!has_file(source)) return {};
    return source.kind == Kind::kHeaderFile ? source.header_name : "Authorization";
}

std::string_view without_final_newline(std::string_view text) noexcept {
    if (!text.ends_with('\n')) return text;
    text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

/// Checks that the text is valid in a header (RFC 9110 §5.5) and doesn't change on the way to the upstream.
std::expected<void, std::string_view> validate_text(std::string_view text, Kind kind) noexcept {
    auto const is_control = [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F; };
    if (text.empty()) return std::unexpected{"it is empty"};
    if (text.size() > kMaxCredential) return std::unexpected{"it is longer than 8 KiB"};
    if (text.find('\n') != std::string_view::npos) return std::unexpected{"it has more than one line"};
    if (std::ranges::any_of(text, is_control)) return std::unexpected{"it contains a control character"};
    if (!core::is_utf8(text)) return std::unexpected{"it is not UTF-8"};
    if (kind == Kind::kBasicFile && text.find(':') == std::string_view::npos) return std::unexpected{"it has no colon; it must be user:password"};
    // The recipient would remove them.
    if (kind != Kind::kBasicFile && http::trim(text).size() != text.size()) return std::unexpected{"it begins or ends with a space"};
    if (kind == Kind::kBearerFile && text.find_first_of(" \t") != std::string_view::npos)
        return std::unexpected{"it contains a space; it must be the token alone, without \"Bearer\""};
    return {};
}

crypto::Secret joined(std::string_view scheme, std::string_view text) {
    std::string value;
    value.reserve(scheme.size() + text.size());
    crypto::WipeAtEnd const wiped{value};
    value.append(scheme).append(text);
    return crypto::Secret{value};
}

crypto::Secret value_of(std::string_view text, Kind kind) {
    if (kind == Kind::kHeaderFile) return crypto::Secret{text};
    if (kind == Kind::kBearerFile) return joined("Bearer ", text);
    auto encoded = core::to_base64(text);
    crypto::WipeAtEnd const wiped{encoded};
    return joined("Basic ", encoded);
}

/// The result of examining the file: its problems, in the order in which they are found, and the header if its text is valid.
struct ReadResult {
    std::vector<std::string> problems;
    std::optional<CredentialHeader> header;
};

std::string_view open_error(int error) {
    if (error == ENXIO || error == ENODEV) return "it is not a regular file";
    if (error == ENOENT) return "no such file";
    return std::strerror(error);
}

ReadResult read_file(UpstreamCredentialSource const& source) {
    ReadResult result;
    auto const& path = source.file;
    auto const add = [&](std::string_view error) {
        result.problems.push_back("credential file " + http::quote_for_log(path.native(), http::kMaxQuotedPath) + ": " + std::string{error});
    };
    // Without O_NONBLOCK, opening a FIFO would block until it has a writer.
    files::File const file{path, O_RDONLY | O_NONBLOCK};
    struct stat facts{};
    if (file.get() < 0) add(open_error(file.error()));
    else if (::fstat(file.get(), &facts) != 0) add(std::strerror(errno));
    else if (!S_ISREG(facts.st_mode)) add("it is not a regular file");
    if (!result.problems.empty()) return result;

    auto const access = files::validate_secret_file(file.get(), facts, path, files::SecretReaders::kOwner);
    if (access.is_foreign) add("it is owned by another user than the one that runs this process");
    if (access.is_exposed) add("other users can read or write it; run chmod 600 on it");
    std::string content(kMaxCredential + std::string_view{"\r\n"}.size() + 1, '\0');
    crypto::WipeAtEnd const wiped{content};
    // EFBIG means that the buffer is full; the text is then rejected as too long.
    if (auto const error = files::read_all(file.get(), content); error != 0 && error != EFBIG) {
        add(std::strerror(error));
        return result;
    }
    auto const text = without_final_newline(content);
    if (auto const valid = validate_text(text, source.kind); !valid) add(valid.error());
    else result.header = CredentialHeader{.name = header_of(source), .value = value_of(text, source.kind)};
    return result;
}

UpstreamCredential::Found find(UpstreamCredentialSource const& source) {
    WARDER_TRY(auto header, read_upstream_credential(source));
    return std::make_shared<CredentialHeader const>(std::move(header));
}

/// Returns whether two results of the same source are equal. Their header names always are.
bool is_same(UpstreamCredential::Found const& a, UpstreamCredential::Found const& b) {
    if (!a || !b) return !a && !b && a.error() == b.error();
    return *a && *b && crypto::equal_in_constant_time((*a)->value.view(), (*b)->value.view());
}

}  // namespace

std::expected<CredentialHeader, std::string> read_upstream_credential(UpstreamCredentialSource const& source) {
    auto result = read_file(source);
    if (!result.problems.empty()) return std::unexpected{std::move(result.problems.front())};
    return std::move(*result.header);
}

std::vector<std::string> find_upstream_credential_problems(UpstreamCredentialSource const& source) {
    if (!has_file(source)) return {};
    return read_file(source).problems;
}

UpstreamCredential::UpstreamCredential(UpstreamCredentialSource source, Clock const& clock)
    : source_{std::move(source)}, clock_{&clock}, header_name_{header_of(source_)}, found_{std::make_unique<Found const>()} {}

UpstreamCredential::Found UpstreamCredential::read() const {
    if (!has_file(source_)) return nullptr;
    if (auto const now = clock_->steady_now(); !is_fresh(now)) reload(now);
    return *found_.read();
}

bool UpstreamCredential::is_fresh(std::chrono::steady_clock::time_point now) const noexcept {
    auto const loaded_at = loaded_at_.load(std::memory_order_acquire);
    return loaded_at != std::chrono::steady_clock::time_point::min() && now - loaded_at < kFreshFor;
}

void UpstreamCredential::reload(std::chrono::steady_clock::time_point now) const {
    std::scoped_lock const lock{reload_mutex_};
    if (is_fresh(now)) return;
    // The content is compared, not the time of change: two changes within one tick of the system's clock have the same time.
    auto found = find(source_);
    if (!is_same(found, *found_.read())) found_.publish(std::make_unique<Found const>(std::move(found)));
    loaded_at_.store(now, std::memory_order_release);
}

}  // namespace warder::gateway
