// SPDX-License-Identifier: MIT
#include "auth/request_log.hpp"

#include "auth/denial_log.hpp"
#include "http/text.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace warder::auth {

std::string_view loggable_path(std::string_view target) noexcept {
    constexpr std::string_view kTokenStart = "eyJ";
    auto const path = http::split_target(target).path;
    auto const at = path.find(kTokenStart);
    return at == std::string_view::npos ? path : path.substr(0, at + kTokenStart.size());
}

RequestLog::RequestLog(RequestContext const& context, Surface surface, http::Request const& request, AddressBytes const& client)
    : context_{&context}, request_{&request}, client_{client}, surface_{surface}, began_{context.began} {}

void RequestLog::count_sign_in(SignInOutcome outcome) noexcept { context_->metrics.count_sign_in(outcome); }

void RequestLog::identify(authority::VerifiedToken const& token) noexcept {
    user_ = token.username;
    token_ = token.id;
}

void RequestLog::identify(std::string_view user, std::optional<TokenId> token) {
    user_name_ = user;
    user_ = user_name_;
    token_ = token;
}

http::Response RequestLog::deny(Denial const& denial, Challenges const& challenges) {
    return deny(denial, challenges, request_->method, request_->target);
}

http::Response RequestLog::deny(Denial const& denial, Challenges const& challenges, std::string_view method, std::string_view target) {
    reason_ = denial.reason;
    context_->metrics.count_denial(surface_, denial.reason);
    auto const id = token_ ? token_->chars() : std::array<char, TokenId::kTextLength>{};
    context_->services.denials.report({.surface = surface_,
                                       .method = method,
                                       .path = loggable_path(target),
                                       .user = user_,
                                       .token_id = token_ ? std::string_view{id.data(), id.size()} : std::string_view{},
                                       .client = client_},
                                      denial.reason, context_->services.clock.steady_now());
    return to_response(denial, surface_, challenges);
}

void RequestLog::write(unsigned status) const noexcept {
    auto const took = context_->services.clock.steady_now() - began_;
    context_->metrics.count_request(surface_, status, took);
    if (!context_->writes_access_log) return;
    auto const micros = std::chrono::duration_cast<std::chrono::microseconds>(took);
    auto const id = token_ ? token_->chars() : std::array<char, TokenId::kTextLength>{};
    std::array<log::Field, 8> fields;
    std::size_t count = 0;
    auto const add = [&](log::Field const& field) { fields[count++] = field; };
    add({"method", request_->method});
    add({"path", loggable_path(request_->target)});
    add({"status", std::int64_t{status}});
    if (!user_.empty()) add({"user", user_});
    if (token_) add({"token", std::string_view{id.data(), id.size()}});
    if (reason_) add({"reason", code(*reason_)});
    if (!rpc_methods_.empty()) add({"rpc_method", std::string_view{rpc_methods_}});
    add({"micros", std::int64_t{micros.count()}});
    context_->services.log.write(log::Level::kInfo, "request", std::span{fields}.first(count));
}

}  // namespace warder::auth
