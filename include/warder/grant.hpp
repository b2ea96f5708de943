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

/// What a token may reach, and whether a request is within it. All of this is pure; any thread may call it.
namespace warder {

inline constexpr std::size_t kMaxGrants = 64;           ///< In one list.
inline constexpr std::size_t kMaxGrantText = 256;       ///< Bytes of one grant.
inline constexpr std::size_t kMaxGrantListText = 2048;  ///< Bytes of all grants of a list together.

/// Why a path is judged by nobody: it could mean one thing here and another behind us.
enum class PathFault : std::uint8_t {
    kNoSlash,          ///< It doesn't start with `/`.
    kEmptySegment,     ///< Two slashes in a row.
    kDotSegment,       ///< `.` or `..`, alone or before `;` or `%3B`.
    kBadEscape,        ///< `%` without two hex digits.
    kForbiddenEscape,  ///< `%2F` unless it is allowed, `%5C`, `%00` to `%1F`, `%7F`, or `%25` before two hex digits.
    kForbiddenByte,    ///< Backslash, control, space, `#`, or not ASCII.
    kTooLong,          ///< Longer than the scratch it was to be judged in.
};

/// A sentence's end that says what is wrong: "a segment is empty".
[[nodiscard]] std::string_view describe(PathFault fault) noexcept;

/// What becomes of `%2F`. Where it is allowed it stays as it is, and counts as a slash for the rules on empty, `.` and `..` segments.
enum class EncodedSlash : std::uint8_t { kRefused, kAllowed };

/// A request's path as grants see it: escapes of unreserved characters decoded, all others in upper case, the query cut off.
/// Judging a judged path again yields itself. A view of the scratch it was judged in.
class CanonicalPath {
  public:
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    /// Whether there is a `%2F` in it: the segment that has it is covered by `**` alone.
    [[nodiscard]] bool has_encoded_slash() const noexcept { return has_encoded_slash_; }

  private:
    friend std::expected<CanonicalPath, PathFault> canonicalize_path(std::string_view, std::span<char>, EncodedSlash) noexcept;
    CanonicalPath(std::string_view text, bool has_encoded_slash) noexcept : text_{text}, has_encoded_slash_{has_encoded_slash} {}
    std::string_view text_;
    bool has_encoded_slash_;
};

/// Judges the path of a request target in origin form: `/a/%7Eb?c` is `/a/~b`. Never repairs: what any server could read in another way is
/// refused (RFC 3986 §6.2.2 names the escapes that mean the same).
/// @param target  path and maybe query, as the client sent them.
/// @param scratch  at least as long as the path; the result is a view of it. Doesn't allocate.
[[nodiscard]] std::expected<CanonicalPath, PathFault> canonicalize_path(std::string_view target, std::span<char> scratch,
                                                                        EncodedSlash encoded_slash = EncodedSlash::kRefused) noexcept;

/// The JSON-RPC methods that a body calls, each once and in order: judging tens of thousands of calls then takes no more steps than a grant has
/// names. Views of the names.
class RpcMethods {
  public:
    /// @param methods  of every call, in any order. Takes n log n steps.
    explicit RpcMethods(std::span<std::string_view const> methods);
    explicit RpcMethods(std::string_view method) : RpcMethods{std::span{&method, 1}} {}

    [[nodiscard]] std::span<std::string_view const> in_order() const noexcept { return methods_; }
    /// Whether there is one, and each is spelt as the names of a grant may be: printable ASCII but space, comma, star; not empty.
    [[nodiscard]] bool can_be_named() const noexcept { return can_be_named_; }

  private:
    std::vector<std::string_view> methods_;
    bool can_be_named_;
};

/// A request as grants see it. Views; nothing is owned.
struct AccessRequest {
    std::string_view method;               ///< As sent: one with a lower-case letter is never covered.
    std::optional<std::string_view> host;  ///< The Host field; without one only grants without a host cover.
    CanonicalPath path;
    RpcMethods const* rpc_methods = nullptr;  ///< Of all calls in the body; without them, and unless all can be named, no `rpc:` grant covers.
};

/// Why a text is no grant, and from which byte on.
struct GrantError {
    enum class Reason : std::uint8_t {
        kEmpty,
        kTooLong,       ///< More than `kMaxGrantText` bytes.
        kBadCharacter,  ///< A quote, a control, or no ASCII.
        kBadMethods,    ///< The list of methods.
        kBadHost,
        kNoPath,          ///< Where a path must begin, there is no slash.
        kBadPath,         ///< It has a form that no path may have, see `path`, or a `?`.
        kBadWildcard,     ///< Two stars in a segment, or `**` that is not the last segment.
        kBadRpc,          ///< What follows the path is no list of `rpc:` names.
        kRpcWithoutPost,  ///< The methods of an `rpc:` grant must include POST.
    } reason;
    std::size_t offset;               ///< Byte of the grant.
    std::optional<PathFault> path{};  ///< For `kBadPath`, unless it is a `?`.
};

/// A sentence's end that says what is wrong: "a path must begin with a slash".
[[nodiscard]] std::string_view describe(GrantError const& error) noexcept;

/// One grant: `[methods SP] ["//" host] path [SP "rpc:" names]`, e.g. `GET /v1alpha/wallets/*/psbt` or `POST /wallet/hot rpc:getbalance,list*`.
///
/// ```
/// methods = "*" / METHOD *( "," METHOD )        ; left out: any; GET implies HEAD
/// host    = [ "*." ] name [ ":" port ]          ; "*." is exactly one label; no port: any port
/// path    = "/" [ segment *( "/" segment ) [ "/" ] ] / "/**" / … "/**"
/// segment = literal characters with at most one "*" (at least one character, none of them a slash); "**" only as the last segment
/// ```
class Grant {
  public:
    [[nodiscard]] static std::expected<Grant, GrantError> parse(std::string_view text);

    /// Whether the request is within it. Doesn't allocate; linear in the length of the path and of the names.
    [[nodiscard]] bool covers(AccessRequest const& ask) const noexcept;
    /// Whether it would cover the request if only the body called the right JSON-RPC methods. Not once they are known.
    [[nodiscard]] bool could_cover_by_rpc(AccessRequest const& ask) const noexcept;

    /// As it was written.
    [[nodiscard]] std::string const& text() const noexcept { return text_; }
    /// Whether it covers calls of JSON-RPC methods alone.
    [[nodiscard]] bool is_for_rpc() const noexcept { return !rpc_names_.empty(); }

  private:
    /// One segment of the path that has a star: what stands before and behind it; or none, and then it is `before` alone.
    struct Segment {
        std::string before, behind;
        bool has_star = false;
        [[nodiscard]] bool fits(std::string_view segment) const noexcept;
    };
    /// One name behind `rpc:`, without its star.
    struct RpcName {
        std::string text;
        bool has_star = false;
    };
    class Reader;

    Grant() = default;
    [[nodiscard]] bool covers_method(std::string_view method) const noexcept;
    [[nodiscard]] bool covers_host(std::optional<std::string_view> host) const noexcept;
    [[nodiscard]] bool covers_path(std::string_view path) const noexcept;
    [[nodiscard]] bool covers_rpc(AccessRequest const& ask) const noexcept;
    [[nodiscard]] std::size_t count_covered(std::span<std::string_view const> in_order) const noexcept;

    std::string text_;
    std::vector<std::string> methods_;  // empty: any
    std::string host_;                  // in lower case, without port and "*."; empty: any
    std::string port_;                  // empty: any
    bool has_any_first_label_ = false;
    std::string head_;  // the leading segments without a star, judged: "/a/b"; no slash at the end
    std::vector<Segment> segments_;
    bool has_tail_ = false;           // ends with "**"
    std::vector<RpcName> rpc_names_;  // in order, and none of them begins with another that has a star
};

/// Why a list of grants is refused.
struct GrantListError {
    std::size_t index = 0;  ///< The grant that is wrong; for the two below it is 0.
    enum class Kind : std::uint8_t { kGrant, kEmpty, kTooMany, kTooLong } kind = Kind::kGrant;
    GrantError grant{};  ///< For `kGrant`.
};

class GrantList;
/// Shared because a list is kept by every token that has the same one; null stands for "everything".
using Grants = std::shared_ptr<GrantList const>;

/// At least one grant, of which one must cover a request. Immutable.
class GrantList : public std::enable_shared_from_this<GrantList> {
    struct Private {};

  public:
    /// @param texts  1 to `kMaxGrants` of them, together at most `kMaxGrantListText` bytes.
    [[nodiscard]] static std::expected<Grants, GrantListError> parse(std::span<std::string const> texts);

    explicit GrantList(Private) {}

    /// The first grant that covers the request, or null.
    [[nodiscard]] Grant const* covering(AccessRequest const& ask) const noexcept;
    /// Whether any grant could, see there.
    [[nodiscard]] bool could_cover_by_rpc(AccessRequest const& ask) const noexcept;
    [[nodiscard]] std::span<Grant const> grants() const noexcept { return grants_; }

    /// The same grants in the same order.
    friend bool operator==(GrantList const& a, GrantList const& b) noexcept;

  private:
    std::vector<Grant> grants_;
};

}  // namespace warder
