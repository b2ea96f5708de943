// SPDX-License-Identifier: MIT
#include "api/policy_keys.hpp"

#include "core/try.hpp"

namespace warder::api {

std::expected<PolicyEdit, http::Response> read_policy(Input const& input) {
    PolicyEdit edit{.is_enabled = input.flag("enabled")};
    WARDER_TRY(edit.endpoints, input.grants_if_named(kEndpointsKey));
    WARDER_TRY(edit.allowed_from, input.networks_if_named("allowed_from"));
    WARDER_TRY(edit.rate_limit, input.rate_if_named("rate_limit"));
    return edit;
}

}  // namespace warder::api
