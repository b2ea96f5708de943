// SPDX-License-Identifier: MIT
#pragma once

#include "warder/grant.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Parses JSON-RPC bodies, so strictly that no upstream can read other calls in a body than those that were authorized.
namespace warder::gateway {

inline constexpr std::size_t kDefaultRpcBody = 1024 * 1024;
inline constexpr std::size_t kMaxRpcBody = 64 * kDefaultRpcBody;  ///< Maximum that a route can allow.
inline constexpr std::size_t kMaxRpcDepth = 32;                   ///< Nested arrays and objects, including the batch and its calls.
inline constexpr std::size_t kMaxRpcId = 256;                     ///< Bytes of an id in a response; a longer one is replaced by `null`.

/// Why a JSON-RPC body can't be authorized.
struct RpcError {
    enum class Reason : std::uint8_t {
        kTooLarge,
        kNotUtf8,
        kSyntax,  ///< Not JSON (RFC 8259), an unpaired surrogate in an escape, or a byte order mark.
        kTooDeep,
        kNumberRange,  ///< An exponent beyond 32 bits.
        kTrailing,     ///< Anything but whitespace after the value.
        kEqualKeys,    ///< In one call; see `read_rpc`.
        kNoCall,       ///< A call is not an object.
        kEmptyBatch,
        kNoMethod,
        kMethodIsNoText,
    } reason;
    std::size_t offset;       ///< Byte at which it was noticed; for errors in a call's keys or method, the call's last byte.
    std::string id = "null";  ///< Like `RpcCalls::id`, if a single call was read completely and has one id.
};

/// The calls of one body. Owns the data behind its views; moving it keeps them valid.
class RpcCalls {
  public:
    /// @param names  the names of the methods, concatenated; empty if the body is a response.
    /// @param ends  where each name ends. @param id  JSON.
    RpcCalls(std::string_view names, std::span<std::size_t const> ends, std::string id);

    RpcCalls(RpcCalls&&) noexcept = default;
    RpcCalls& operator=(RpcCalls&&) noexcept = default;
    RpcCalls(RpcCalls const&) = delete;
    RpcCalls& operator=(RpcCalls const&) = delete;
    ~RpcCalls() = default;

    /// Returns whether the body is a single response, which calls nothing.
    [[nodiscard]] bool is_response() const noexcept { return methods_.empty(); }
    /// Returns the method of every call, in order, unescaped; not empty unless the body is a response.
    [[nodiscard]] std::span<std::string_view const> methods() const noexcept { return methods_; }
    /// Returns the distinct methods, as grants match them.
    [[nodiscard]] RpcMethods const& distinct() const noexcept { return distinct_; }
    /// Returns the id of a single call, as JSON: a number as received, or a string with all characters except printable
    /// ASCII escaped. `null` for a batch, and if the id has another type, is missing, or is longer than `kMaxRpcId`.
    [[nodiscard]] std::string_view id() const noexcept { return id_; }

  private:
    std::vector<char> names_;
    std::vector<std::string_view> methods_;
    RpcMethods distinct_;
    std::string id_;
};

/// Parses one call, which is a JSON object with a string `method`; or a batch, which is an array of at least one call; or a
/// single response, which is an object with one of `result` and `error`, with an `id` that is a string, a number or null,
/// and without `method` in any letter case. (MCP clients post responses to requests of the server.)
///
/// The keys of a call must differ. They are compared unescaped, ignoring the case of ASCII letters, and only up to a NUL,
/// since some servers take such keys for the same. Objects inside `params` may repeat keys: they don't name a method.
/// Otherwise, keys and methods are compared byte by byte: `Method` is not `method`.
///
/// Takes O(n log n) time and a small multiple of the body's size in memory. Pure; thread-safe.
/// @param body  arbitrary bytes; not retained. @param limit  maximum size of the body, in bytes.
[[nodiscard]] std::expected<RpcCalls, RpcError> read_rpc(std::string_view body, std::size_t limit = kDefaultRpcBody);

/// Returns `too_large`, `bad_json` or `bad_field`.
[[nodiscard]] std::string_view code_of(RpcError const& error) noexcept;
/// Returns a message that names the error and its byte, and quotes nothing of the content.
[[nodiscard]] std::string message_of(RpcError const& error);

/// Returns the JSON-RPC 2.0 response to a denied request:
/// `{"jsonrpc":"2.0","id":…,"error":{"code":…,"message":…,"data":…}}`.
/// @param id  JSON. @param message, code  valid UTF-8.
[[nodiscard]] std::string rpc_error_body(std::string_view id, int rpc_code, std::string_view message, std::string_view code);

}  // namespace warder::gateway
