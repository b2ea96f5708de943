// SPDX-License-Identifier: MIT
#include "gateway/gateway.hpp"

#include "gateway/share.hpp"

namespace warder::gateway {

std::unique_ptr<http::Forwarder> Gateway::make(boost::asio::io_context& context, http::Services const& services) {
    return std::make_unique<Share>(*this, context, services);
}

}  // namespace warder::gateway
