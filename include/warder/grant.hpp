// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Grants: which requests a token allows. Everything here is pure; any thread may call it.
namespace warder {

inline constexpr std::size_t kMaxGrants = 64;           ///< Maximum number of grants in a list.
inline constexpr std::size_t kMaxGrantText = 256;       ///< Maximum length of a grant, in bytes.
inline constexpr std::size_t kMaxGrantListText = 2048;  ///< Maximum length of all grants of a list together, in bytes.

/// Why a path is rejected: servers could disagree about what it means.
enum class PathError : std::uint8_t {
    kNoSlash,          ///< The path doesn't start with `/`.
    kEmptySegment,     ///< Two slashes in a row.
    kDotSegment,       ///< `.` or `..`, alone or before `;` or `%3B`.
    kBadEscape,        ///< `%` without two hex digits.
    kForbiddenEscape,  ///< `%2F` unless it is allowed, `%5C`, `%00` to `%1F`, `%7F`, or `%25` before two hex digits.
    kForbiddenByte,    ///< Backslash, control character, space, `#`, or not ASCII.
    kTooLong,          ///< Longer than the scratch buffer.
};

/// Returns the end of a sentence that says what is wrong: "a segment is empty".
[[nodiscard]] std::string_view describe(PathError error) noexcept;

/// Whether `%2F` is allowed. An allowed `%2F` is not decoded, but counts as a slash for the rules on empty, `.` and
/// `..` segments.
enum class EncodedSlash : std::uint8_t { kRejected, kAllowed };

/// A request's path in the form that grants are matched with: escapes of unreserved characters decoded, all other
/// escapes in upper case, the query removed. Canonicalizing a canonical path doesn't change it. A view of the scratch
/// buffer that was passed to `canonicalize_path`.
class CanonicalPath {
  public:
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    /// Returns whether the path contains `%2F`. Only `**` covers a segment that contains it.
    [[nodiscard]] bool has_encoded_slash() const noexcept { return has_encoded_slash_; }

  private:
    friend std::expected<CanonicalPath, PathError> canonicalize_path(std::string_view, std::span<char>, EncodedSlash) noexcept;
    CanonicalPath(std::string_view text, bool has_encoded_slash) noexcept : text_{text}, has_encoded_slash_{has_encoded_slash} {}
    std::string_view text_;
    bool has_encoded_slash_;
};

/// Canonicalizes the path of a request target in origin form: `/a/%7Eb?c` becomes `/a/~b`. Paths that any server could
/// read differently are rejected, never repaired (RFC 3986, section 6.2.2, lists the equivalent escapes). Doesn't
/// allocate.
/// @param target  the path and optional query, as the client sent them.
/// @param scratch  a buffer at least as long as the path; the result is a view of it.
/// @return the canonical path, or why the path is rejected.
[[nodiscard]] std::expected<CanonicalPath, PathError> canonicalize_path(std::string_view target, std::span<char> scratch,
                                                                        EncodedSlash encoded_slash = EncodedSlash::kRejected) noexcept;

/// The distinct JSON-RPC methods that a body calls, sorted, so that authorizing tens of thousands of calls takes no
/// more steps than a grant has names. Holds views of the names.
class RpcMethods {
  public:
    /// @param methods  the method of every call, in any order. Takes O(n log n) time.
    explicit RpcMethods(std::span<std::string_view const> methods);
    explicit RpcMethods(std::string_view method) : RpcMethods{std::span{&method, 1}} {}

    [[nodiscard]] std::span<std::string_view const> in_order() const noexcept { return methods_; }
    /// Returns whether there is at least one method, and each could be named in a grant: not empty, printable ASCII, no
    /// space, comma or star.
    [[nodiscard]] bool can_be_named() const noexcept { return can_be_named_; }

  private:
    std::vector<std::string_view> methods_;
    bool can_be_named_;
};

/// A request as grants see it. Holds views and owns nothing.
struct AccessRequest {
    std::string_view method;               ///< As sent. A method with a lower-case letter is never covered.
    std::optional<std::string_view> host;  ///< The Host field. Without one, only grants without a host cover the request.
    CanonicalPath path;
    RpcMethods const* rpc_methods = nullptr;  ///< Of all calls in the body. Null or not `can_be_named`: no `rpc:` grant covers.
};

/// Which parts of a request a grant covers. It covers the request if it covers all of them.
struct CoveredParts {
    bool method = false;
    bool host = false;
    bool path = false;
    bool rpc = false;  ///< The JSON-RPC methods; true for a grant without `rpc:`.

    [[nodiscard]] bool are_all() const noexcept { return method && host && path && rpc; }
    [[nodiscard]] int count() const noexcept { return int{method} + int{host} + int{path} + int{rpc}; }
};

/// Why a text is not a valid grant, and where.
struct GrantError {
    enum class Reason : std::uint8_t {
        kEmpty,
        kTooLong,            ///< More than `kMaxGrantText` bytes.
        kBadCharacter,       ///< A quote, a control character, or not ASCII.
        kReservedCharacter,  ///< One of `{}<>|^` or a backtick, which other programs use for patterns.
        kBadMethods,         ///< The list of methods is not valid.
        kBadHost,
        kNoPath,          ///< There is no slash where the path must begin.
        kBadPath,         ///< The path contains `?`, or is not canonical: see `path`.
        kBadWildcard,     ///< Two stars in a segment, or `**` that is not the last segment.
        kBadRpc,          ///< The text after the path is not a list of `rpc:` names.
        kRpcWithoutPost,  ///< The methods of an `rpc:` grant must include POST.
    } reason;
    std::size_t offset;               ///< Byte offset in the grant.
    std::optional<PathError> path{};  ///< Set for `kBadPath`, unless the path contains `?`.
};

/// Returns the end of a sentence that says what is wrong: "a path must begin with a slash".
[[nodiscard]] std::string_view describe(GrantError const& error) noexcept;

/// Which grants are accepted.
enum class GrantOrigin : std::uint8_t {
    kInput,   ///< By a user or administrator.
    kStored,  ///< By a store: also with the characters of `kReservedCharacter`, which grants could contain once.
};

/// One grant: `[methods SP] ["//" host] path [SP "rpc:" names]`, e.g. `GET /v1alpha/wallets/*/psbt` or
/// `POST /wallet/hot rpc:getbalance,list*`.
///
/// ```
/// methods = "*" / METHOD *( "," METHOD )        ; omitted: any; GET implies HEAD
/// host    = [ "*." ] name [ ":" port ]          ; "*." is exactly one label; no port: any port
/// path    = "/" [ segment *( "/" segment ) [ "/" ] ] / "/**" / … "/**"
/// segment = literal characters with at most one "*" (at least one character, none of them a slash); "**" only as the last segment
/// ```
class Grant {
  public:
    /// Parses one grant of at most `kMaxGrantText` bytes.
    /// @return the grant, or what is wrong and at which byte.
    [[nodiscard]] static std::expected<Grant, GrantError> parse(std::string_view text, GrantOrigin origin = GrantOrigin::kInput);

    /// Returns whether the grant covers the request. Doesn't allocate; takes time linear in the length of the path and
    /// of the method names.
    [[nodiscard]] bool covers(AccessRequest const& access) const noexcept;
    /// Returns whether the grant would cover the request if its body called the right JSON-RPC methods. False if the
    /// request's methods are already known.
    [[nodiscard]] bool could_cover_by_rpc(AccessRequest const& access) const noexcept;

    /// Returns which parts of the request the grant covers, for an explanation why it doesn't cover the request. Doesn't
    /// allocate.
    [[nodiscard]] CoveredParts covered_parts(AccessRequest const& access) const noexcept;
    /// Returns whether there is a request that both grants cover.
    [[nodiscard]] bool overlaps(Grant const& other) const;

    /// Returns the grant as it was written.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }
    /// Returns whether the grant covers only calls of JSON-RPC methods.
    [[nodiscard]] bool is_for_rpc() const noexcept { return !rpc_names_.empty(); }

  private:
    /// One segment of the path: the text before and after its star. Without a star, `before` is the whole segment.
    struct Segment {
        std::string before, after;
        bool has_star = false;
        [[nodiscard]] bool fits(std::string_view segment) const noexcept;
    };
    /// One name after `rpc:`, without its star.
    struct RpcName {
        std::string text;
        bool has_star = false;
        [[nodiscard]] bool overlaps(RpcName const& other) const noexcept;
    };
    class Reader;
    class Overlap;

    Grant() = default;
    [[nodiscard]] bool covers_method(std::string_view method) const noexcept;
    [[nodiscard]] bool covers_host(std::optional<std::string_view> host) const noexcept;
    [[nodiscard]] bool covers_path(std::string_view path) const noexcept;
    [[nodiscard]] bool covers_rpc(AccessRequest const& access) const noexcept;
    [[nodiscard]] std::size_t count_covered(std::span<std::string_view const> in_order) const noexcept;

    std::string text_;
    std::vector<std::string> methods_;  // empty: any
    std::string host_;                  // in lower case, without port and "*."; empty: any
    std::string port_;                  // empty: any
    bool has_any_first_label_ = false;
    std::string head_;  // the leading segments without a star, canonical: "/a/b"; no slash at the end
    std::vector<Segment> segments_;
    bool has_tail_ = false;           // ends with `**`
    std::vector<RpcName> rpc_names_;  // sorted; no name has a prefix that is also in the list with a star
};

/// Why a list of grants is not valid.
struct GrantListError {
    std::size_t index = 0;  ///< Index of the invalid grant; 0 unless `kind` is `kGrant`.
    enum class Kind : std::uint8_t { kGrant, kEmpty, kTooMany, kTooLong } kind = Kind::kGrant;
    GrantError grant{};  ///< Set for `kGrant`.
};

class GrantList;
/// Shared, because tokens with the same list share one copy. Null means "no grants", which allows every request.
using Grants = std::shared_ptr<GrantList const>;

/// A non-empty list of grants, which covers a request if one of its grants does. Immutable.
class GrantList {
    struct Private {};

  public:
    /// Parses a list.
    /// @param texts  1 to `kMaxGrants` grants, together at most `kMaxGrantListText` bytes.
    /// @return the list, or which grant or which limit is wrong.
    [[nodiscard]] static std::expected<Grants, GrantListError> parse(std::span<std::string const> texts, GrantOrigin origin = GrantOrigin::kInput);

    explicit GrantList(Private) {}

    /// Returns the first grant that covers the request, or null.
    [[nodiscard]] Grant const* covering(AccessRequest const& access) const noexcept;
    /// Returns whether any of the grants would cover the request if its body called the right JSON-RPC methods.
    [[nodiscard]] bool could_cover_by_rpc(AccessRequest const& access) const noexcept;
    /// Returns whether there is a request that the grant and one of the list cover.
    [[nodiscard]] bool overlaps(Grant const& grant) const;
    [[nodiscard]] std::span<Grant const> grants() const noexcept { return grants_; }

    /// Returns whether both lists contain the same grants in the same order.
    friend bool operator==(GrantList const& a, GrantList const& b) noexcept;

  private:
    std::vector<Grant> grants_;
};

/// Returns whether both are null or contain the same grants in the same order.
[[nodiscard]] inline bool is_same(Grants const& a, Grants const& b) noexcept { return a == b || (a && b && *a == *b); }

/// The two lists that limit a token: a request needs a grant of each that exists. Holds pointers and owns nothing.
struct Scope {
    GrantList const* endpoints = nullptr;  ///< The token's own grants; null: none.
    GrantList const* ceiling = nullptr;    ///< The ceiling of its user; null: none.

    /// Returns whether both lists cover the request. Doesn't allocate.
    [[nodiscard]] bool covers(AccessRequest const& access) const noexcept;
    /// Returns whether reading the body could change the decision: the lists don't both cover the request as it is, but
    /// might if the names of the body's JSON-RPC methods were known. Doesn't allocate.
    [[nodiscard]] bool could_cover_by_rpc(AccessRequest const& access) const noexcept;
};

}  // namespace warder
