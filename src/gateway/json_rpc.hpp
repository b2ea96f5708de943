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

/// What a JSON-RPC body calls, read so strictly that no server behind can read it as calls of something else.
namespace warder::gateway {

inline constexpr std::size_t kDefaultRpcBody = 1024 * 1024;
inline constexpr std::size_t kMaxRpcBody = 64 * kDefaultRpcBody;  ///< The most that a route can allow.
inline constexpr std::size_t kMaxRpcDepth = 32;                   ///< Arrays and objects within each other, the batch and its calls counted.
inline constexpr std::size_t kMaxRpcId = 256;                     ///< Bytes of an id as it is written in an answer; of a longer one `null` is.

/// Why a JSON-RPC body can't be authorized.
struct RpcRefusal {
    enum class Reason : std::uint8_t {
        kTooLarge,
        kNotUtf8,
        kSyntax,  ///< No JSON by RFC 8259; also half a surrogate pair in an escape, and a byte order mark.
        kTooDeep,
        kNumberRange,  ///< An exponent beyond 32 bits.
        kTrailing,     ///< Anything but whitespace after the value.
        kEqualKeys,    ///< In one call; see `read_rpc`.
        kNoCall,       ///< A call is not an object.
        kEmptyBatch,
        kNoMethod,
        kMethodIsNoText,
    } reason;
    std::size_t offset;       ///< Byte at which it was noticed, the call's last for what is wrong with its keys or its method.
    std::string id = "null";  ///< Like `RpcCalls::id`, if a single call was read completely and has one id.
};

/// The calls of one body. Owns the data behind its views; moving it keeps them valid.
class RpcCalls {
  public:
    /// @param names  the methods, one behind the other. @param ends  where each ends. @param id  JSON.
    /// Without names it is a response.
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
    /// The single call's, as JSON: a number as received, a string with every character beyond printable ASCII escaped. `null` for a batch, for any
    /// other type, for none, and for a long one.
    [[nodiscard]] std::string_view id() const noexcept { return id_; }

  private:
    std::vector<char> names_;
    std::vector<std::string_view> methods_;
    RpcMethods distinct_;
    std::string id_;
};

/// Reads one call, a JSON object with a string `method`, or a batch, an array of at least one call; or a lone response, an object with one of
/// `result` and `error`, an `id` that is a string, a number or null, and no `method` in whatever case. (MCP clients post responses to what the server
/// asked.)
///
/// A call's keys must differ. They are compared unescaped, by ASCII letters of either case, and up to a NUL, since there are servers to which such
/// keys are one. Objects inside `params` may repeat keys: they don't name a method. Key and method are otherwise taken by their bytes: `Method` is
/// none.
/// @param body  any bytes, not kept. @param limit  of its size. Takes n log n steps and a small multiple of its size in memory. Pure; any thread may
/// call it.
[[nodiscard]] std::expected<RpcCalls, RpcRefusal> read_rpc(std::string_view body, std::size_t limit = kDefaultRpcBody);

/// Returns `too_large`, `bad_json` or `bad_field`.
[[nodiscard]] std::string_view slug_of(RpcRefusal const& refusal) noexcept;
/// Returns a message that names the fault and its byte, and quotes nothing of the content.
[[nodiscard]] std::string sentence_of(RpcRefusal const& refusal);

/// Returns the JSON-RPC 2.0 response to a denied request:
/// `{"jsonrpc":"2.0","id":…,"error":{"code":…,"message":…,"data":…}}`.
/// @param id  JSON. @param sentence, slug  valid UTF-8.
[[nodiscard]] std::string rpc_refusal_body(std::string_view id, int code, std::string_view sentence, std::string_view slug);

}  // namespace warder::gateway
