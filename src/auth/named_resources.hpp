// SPDX-License-Identifier: MIT
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"
#include "warder/grant.hpp"
#include "warder/verifier.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

/// Resources and methods that the head of a request names outside of its request line: the `Destination` of COPY and MOVE (RFC 4918 §10.3), the
/// source of a copy in an object store (`X-Amz-Copy-Source` and its relatives), and methods that replace the request's own
/// (`X-HTTP-Method-Override` and its relatives).
namespace warder::auth {

/// Why a header that names a resource or a method can't be authorized.
struct NamedResourceDenial {
    enum class Kind : std::uint8_t {
        kBadPath,     ///< It can't be read, or it can be read in more than one way.
        kNotCovered,  ///< It names something that no grant covers.
    } kind;
    std::string_view message;  ///< A whole sentence. Static.
};

/// What the fields of one request name. Views of the request.
class NamedResources {
  public:
    static constexpr std::size_t kMaxOverrides = 4;

    /// Reads the fields. Names are compared as in `field_name.hpp`, so that no spelling escapes.
    /// @return a fault for what is present twice, for an override that isn't a method, and for headers whose effect can't be authorized.
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

/// Tells which paths mean the same to the client and to the server that gets the request.
class NamedPathFilter {
  public:
    NamedPathFilter() = default;
    NamedPathFilter(NamedPathFilter const&) = delete;
    NamedPathFilter& operator=(NamedPathFilter const&) = delete;
    /// @param path  canonical.
    [[nodiscard]] virtual bool accepts(std::string_view path) const noexcept = 0;

  protected:
    ~NamedPathFilter() = default;
};

/// How the paths in headers are read.
struct NamedPathRules {
    EncodedSlash encoded_slash = EncodedSlash::kRefused;
    std::string_view source_prefix{};         ///< Stands before the path of a copy source to make it the client's path. Empty: nothing does.
    NamedPathFilter const* filter = nullptr;  ///< Null: every path.
    bool requires_destination = false;        ///< COPY and MOVE without a Destination are refused: the proxy may have kept it back.
};

/// Authorizes everything that the head of a request names beside its request line, for a scoped token.
/// @param own  the request itself, already authorized. Its host is the one that a `Destination` may name.
/// @return why it is refused, if it is. Allocates only for a copy source.
[[nodiscard]] std::optional<NamedResourceDenial> find_named_resource_denial(authority::VerifiedToken const& token, http::Request const& request,
                                                                            AccessRequest const& own, NamedPathRules const& rules);

/// 403, `bad_path` or `insufficient_scope`.
[[nodiscard]] http::Response refuse_named_resource(NamedResourceDenial const& fault);

}  // namespace warder::auth
