// SPDX-License-Identifier: MIT
#pragma once

#include "auth/client_address.hpp"
#include "auth/denial.hpp"
#include "auth/request_context.hpp"
#include "http/request.hpp"
#include "warder/token.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace warder::auth {

/// Returns the path of a request target in a form that is safe to log: without the query, and cut where a token may
/// begin. A token in a path is not accepted here, but a client that put it there by mistake may use it elsewhere.
[[nodiscard]] std::string_view loggable_path(std::string_view target) noexcept;

/// What log and metrics say about one request: its denial (`event=denied`), its sign-in, and its outcome, which has a line in
/// the access log (`event=request`) if that is enabled. Belongs to one request and its thread.
class RequestLog {
  public:
    /// The duration is measured from when the handling began. Context and request must outlive this object.
    RequestLog(RequestContext const& context, Surface surface, http::Request const& request, AddressBytes const& client);

    RequestLog(RequestLog const&) = delete;
    RequestLog& operator=(RequestLog const&) = delete;
    ~RequestLog() = default;

    /// Notes who the request acts for: the owner of a valid token.
    void identify(authority::VerifiedToken const& token) noexcept;
    /// Notes who the request acts for: whose password or session it is, or whose token was presented that is not valid
    /// although its signature holds.
    void identify(std::string_view user, std::optional<TokenId> token = {});
    /// Notes which JSON-RPC methods the body calls.
    void set_rpc_methods(std::string methods) noexcept { rpc_methods_ = std::move(methods); }

    /// Counts what came of the request's user name and password.
    void count_sign_in(SignInOutcome outcome) noexcept;

    /// Logs and counts that the request is denied, and returns its response.
    /// @param challenges  for reasons with status 401.
    [[nodiscard]] http::Response deny(Denial const& denial, Challenges const& challenges = {});
    /// Does the same for a request that asks about another one, which `method` and `target` describe.
    [[nodiscard]] http::Response deny(Denial const& denial, Challenges const& challenges, std::string_view method, std::string_view target);

    /// Returns whether the request was denied.
    [[nodiscard]] bool is_denied() const noexcept { return reason_.has_value(); }

    /// Counts the request as answered, and writes the line of the access log, if it is enabled. Call it once.
    void write(unsigned status) const noexcept;

  private:
    RequestContext const* context_;
    http::Request const* request_;
    AddressBytes client_;
    Surface surface_;
    std::string user_name_{};  ///< Owns `user_` if the credential is not a token.
    std::string_view user_{};
    std::optional<TokenId> token_{};
    std::optional<DenialReason> reason_{};
    std::string rpc_methods_{};
    std::chrono::steady_clock::time_point began_{};
};

}  // namespace warder::auth
