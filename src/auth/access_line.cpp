// SPDX-License-Identifier: MIT
#include "auth/access_line.hpp"

#include "http/text.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

namespace warder::auth {

std::string_view loggable_path(std::string_view target) noexcept {
    constexpr std::string_view kTokenStart = "eyJ";
    auto const path = http::split_target(target).path;
    auto const at = path.find(kTokenStart);
    return at == std::string_view::npos ? path : path.substr(0, at + kTokenStart.size());
}

AccessLine::AccessLine(RequestContext const& context, http::Request const& request) : context_{&context}, request_{&request} {
    if (context.writes_access_log) began_ = context.services.clock.steady_now();
}

void AccessLine::write(unsigned status, std::string_view user) const {
    if (!context_->writes_access_log) return;
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(context_->services.clock.steady_now() - began_);
    auto const path = loggable_path(request_->target);
    auto const number = static_cast<std::int64_t>(status);
    auto const micros = std::int64_t{took.count()};
    auto& log = context_->services.log;
    if (user.empty()) log.info("request", {{"method", request_->method}, {"path", path}, {"status", number}, {"micros", micros}});
    else log.info("request", {{"method", request_->method}, {"path", path}, {"status", number}, {"user", user}, {"micros", micros}});
}

}  // namespace warder::auth
