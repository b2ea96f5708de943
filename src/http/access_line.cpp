// SPDX-License-Identifier: MIT
#include "http/access_line.hpp"

#include "http/router.hpp"
#include "log/log.hpp"
#include "warder/ports.hpp"

namespace warder::http {

std::string_view loggable_path(std::string_view target) noexcept {
    constexpr std::string_view kTokenStart = "eyJ";
    auto const path = split_target(target).path;
    auto const at = path.find(kTokenStart);
    return at == std::string_view::npos ? path : path.substr(0, at + kTokenStart.size());
}

AccessLine::AccessLine(Desk const& desk, Request const& request) : desk_{&desk}, request_{&request} {
    if (desk.writes_access_log) began_ = desk.services.clock.steady_now();
}

void AccessLine::write(unsigned status, std::string_view user) const {
    if (!desk_->writes_access_log) return;
    auto const took = std::chrono::duration_cast<std::chrono::microseconds>(desk_->services.clock.steady_now() - began_);
    auto const path = loggable_path(request_->target);
    auto const number = static_cast<std::int64_t>(status);
    auto const micros = std::int64_t{took.count()};
    auto& log = desk_->services.log;
    if (user.empty()) log.info("request", {{"method", request_->method}, {"path", path}, {"status", number}, {"micros", micros}});
    else log.info("request", {{"method", request_->method}, {"path", path}, {"status", number}, {"user", user}, {"micros", micros}});
}

}  // namespace warder::http
