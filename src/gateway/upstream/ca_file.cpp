// SPDX-License-Identifier: MIT
#include "gateway/upstream/ca_file.hpp"

#include "files/posix_file.hpp"
#include "http/text.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstring>
#include <ctime>
#include <memory>
#include <string_view>
#include <sys/stat.h>

namespace warder::gateway {
namespace {

constexpr std::size_t kLargestFile = 4U << 20U;

struct Free {
    void operator()(BIO* bio) const noexcept { BIO_free(bio); }
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

/// Reads a regular file.
/// @return its content, or an error message.
std::expected<std::string, std::string> read_file(std::filesystem::path const& path) {
    auto const failure = [](char const* why) { return std::unexpected{std::string{"it can't be read: "} + why}; };
    // Without O_NONBLOCK, opening a FIFO would block until it has a writer.
    files::File const file{path, O_RDONLY | O_NONBLOCK};
    if (file.error() != 0) return failure(std::strerror(file.error()));
    struct stat facts{};
    if (::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return failure("it is not a regular file");
    if (static_cast<std::size_t>(facts.st_size) > kLargestFile) return failure("it is larger than 4 MiB");
    std::string text(static_cast<std::size_t>(facts.st_size) + 1, '\0');
    if (auto const error = files::read_all(file.get(), text); error != 0) return failure(std::strerror(error));
    return text;
}

std::expected<void, std::string> validate(std::string_view pem, std::chrono::system_clock::time_point now) {
    auto time = std::chrono::system_clock::to_time_t(now);
    std::unique_ptr<BIO, Free> const bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
    std::size_t count = 0;
    bool is_any_valid = false;
    ERR_clear_error();
    for (;; ++count) {
        // This skips other blocks, such as keys and revocation lists.
        std::unique_ptr<X509, Free> const certificate{PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)};
        if (!certificate) break;
        is_any_valid = is_any_valid || X509_cmp_time(X509_get0_notAfter(certificate.get()), &time) > 0;
    }
    bool const is_at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    ERR_clear_error();
    if (!is_at_end) return std::unexpected{"certificate " + std::to_string(count + 1) + " in it is invalid"};
    if (count == 0) return std::unexpected{"it contains no certificate; it must be a PEM file"};
    if (is_any_valid) return {};
    return std::unexpected{count == 1 ? "its certificate has expired" : "all its certificates have expired"};
}

}  // namespace

std::expected<void, std::string> validate_ca_file(std::filesystem::path const& file, std::chrono::system_clock::time_point now) {
    auto const explain = [&file](std::string_view what) {
        return std::unexpected{"ca_file " + http::quote_for_log(file.native(), http::kMaxQuotedPath) + ": " + std::string{what}};
    };
    auto const pem = read_file(file);
    if (!pem) return explain(pem.error());
    if (auto const valid = validate(*pem, now); !valid) return explain(valid.error());
    return {};
}

}  // namespace warder::gateway
