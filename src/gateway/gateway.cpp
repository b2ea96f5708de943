// SPDX-License-Identifier: MIT
#include "gateway/gateway.hpp"

#include "gateway/worker_proxy.hpp"

namespace warder::gateway {

std::unique_ptr<Proxy> Gateway::make(boost::asio::io_context& context, auth::Services const& services) {
    return std::make_unique<WorkerProxy>(*this, context, services);
}

}  // namespace warder::gateway
