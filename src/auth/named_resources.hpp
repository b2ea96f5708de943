// SPDX-License-Identifier: MIT
#pragma once

#include "auth/denial.hpp"
#include "http/request.hpp"
#include "warder/grant.hpp"

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

/// Resources and methods that a request names outside its request line: the `Destination` of COPY and MOVE (RFC 4918
/// §10.3), the source of a copy in an object store (`X-Amz-Copy-Source` and its relatives), and headers that override the
/// method (`X-HTTP-Method-Override` and its relatives).
namespace warder::auth {

/// The gateway reads the Destination header again, to rewrite it, and denies it with the same words.
inline constexpr std::string_view kInvalidDestinationMessage =
    "The path in the Destination header is invalid; it must follow the same rules as a request path.";
inline constexpr std::string_view kForeignDestinationMessage = "The Destination header names another host than the request.";

/// Why a header that names a resource or a method can't be authorized.
struct NamedResourceDenial {
    DenialReason reason;       ///< kBadPath: it can't be parsed, or is ambiguous. kOutOfScope: no grant covers what it names.
    std::string_view message;  ///< A whole sentence; static.
};

/// What the header fields of one request name. Holds views of the request.
class NamedResources {
  public:
    static constexpr std::size_t kMaxOverrides = 4;

    /// Reads the fields. Names are compared as in `field_name.hpp`, so that no spelling evades the check.
    /// @return a denial if a field is present twice, an override is not a method, or a header's effect can't be
    /// authorized.
    [[nodiscard]] static std::expected<NamedResources, NamedResourceDenial> read(std::span<http::HeaderField const> fields) noexcept;

    [[nodiscard]] std::span<std::string_view const> overrides() const noexcept { return std::span{overrides_}.first(override_count_); }
    [[nodiscard]] std::optional<std::string_view> destination() const noexcept { return destination_; }
    [[nodiscard]] std::optional<std::string_view> copy_source() const noexcept { return copy_source_; }

  private:
    [[nodiscard]] std::optional<NamedResourceDenial> add(http::HeaderField const& field) noexcept;
    [[nodiscard]] std::optional<NamedResourceDenial> add_override(http::HeaderField const& field) noexcept;

    std::array<std::string_view, kMaxOverrides> overrides_{};
    std::array<std::string_view, kMaxOverrides> override_names_{};
    std::size_t override_count_ = 0;
    std::optional<std::string_view> destination_;
    std::optional<std::string_view> copy_source_;
};

/// Decides which paths mean the same to the client and to the server that receives the request.
class NamedPathFilter {
  public:
    NamedPathFilter() = default;
    NamedPathFilter(NamedPathFilter const&) = delete;
    NamedPathFilter& operator=(NamedPathFilter const&) = delete;
    /// @param path  a canonical path.
    [[nodiscard]] virtual bool accepts(std::string_view path) const noexcept = 0;

  protected:
    ~NamedPathFilter() = default;
};

/// How paths in headers are interpreted.
struct NamedPathRules {
    EncodedSlash encoded_slash = EncodedSlash::kRejected;
    std::string_view source_prefix{};         ///< Prepended to the path of a copy source to form the client's path; may be empty.
    NamedPathFilter const* filter = nullptr;  ///< Null: every path is accepted.
    bool requires_destination = false;        ///< Reject COPY and MOVE without a Destination, which the proxy may have removed.
};

/// Authorizes everything that the head of a request names outside its request line. Allocates only for a copy source.
/// @param scope  of a scoped token.
/// @param own  the request itself, already authorized; a `Destination` may only name its host.
/// @return the denial; nullopt if the request is allowed.
[[nodiscard]] std::optional<Denial> find_named_resource_denial(Scope const& scope, http::Request const& request, AccessRequest const& own,
                                                               NamedPathRules const& rules);

}  // namespace warder::auth
