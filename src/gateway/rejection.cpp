// SPDX-License-Identifier: MIT
#include "gateway/rejection.hpp"

#include "auth/errors.hpp"
#include "gateway/heads/cross_origin.hpp"

#include <algorithm>
#include <chrono>
#include <exception>

namespace warder::gateway {
namespace {

void append(Forwarding const& forwarding, http::Response const& response, bool keeps_alive, std::string_view date) {
    http::append_response(
        forwarding.connection.out(), response,
        {.keeps_alive = keeps_alive, .minor_version = forwarding.facts.minor_version, .is_head = forwarding.request.method == "HEAD", .date = date});
}

}  // namespace

bool reject(Forwarding const& forwarding, RoutedPath const& path, http::Response response, bool is_body_read, std::string_view date) {
    bool const stays = forwarding.may_keep_alive && is_body_read;
    auto const* const route = path.lenient_route() != nullptr ? path.lenient_route() : path.route();
    if (route != nullptr && route->pass_preflight) allow_cross_origin_reading(response, forwarding.request);
    auto& out = forwarding.connection.out();
    auto const out_before = out.size();
    try {
        append(forwarding, response, stays, date);
    } catch (std::exception const&) {
        out.resize(out_before);
        throw;
    }
    return stays;
}

void reject_without_memory(Forwarding const& forwarding, std::size_t out_before, std::string_view date) noexcept {
    auto& out = forwarding.connection.out();
    out.resize(std::min(out.size(), out_before));  // removes a partial head
    try {
        append(forwarding, auth::temporary_error(kOutOfMemoryStatus, "unavailable", "The server is out of memory.", std::chrono::seconds{1}), false,
               date);
    } catch (std::exception const&) {
        out.resize(std::min(out.size(), out_before));
    }
}

}  // namespace warder::gateway
