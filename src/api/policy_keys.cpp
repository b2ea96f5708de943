// SPDX-License-Identifier: MIT
#include "api/policy_keys.hpp"

#include "auth/errors.hpp"
#include "core/network_message.hpp"
#include "core/try.hpp"
#include "http/text.hpp"

#include <utility>

namespace warder::api {
namespace {

std::string quote_limit(std::string_view text) { return '"' + http::quote_for_message(text) + '"'; }

}  // namespace

http::Response invalid_limit(PolicyKey const& key, std::string_view text, std::string (*message)(std::string_view quoted)) {
    return auth::error_response(400, key.error, message(quote_limit(text)));
}

std::expected<void, http::Response> read_endpoints(Input const& input, PolicyKey const& key, PolicyEdit& edit) {
    WARDER_TRY(edit.endpoints, input.grants(key.name));
    return {};
}

std::expected<void, http::Response> read_networks(Input const& input, PolicyKey const& key, PolicyEdit& edit) {
    edit.allowed_from.emplace();
    auto const texts = input.texts(key.name);
    if (!texts) return {};
    auto networks = NetworkList::parse(*texts);
    if (!networks) return std::unexpected(auth::error_response(400, key.error, core::message(networks.error(), *texts, quote_limit)));
    edit.allowed_from = std::move(*networks);
    return {};
}

std::expected<PolicyEdit, http::Response> read_policy(Input const& input) {
    PolicyEdit edit;
    for (auto const& key : kPolicyKeys) {
        if (input.has(key.name)) WARDER_TRY_VOID(key.read(input, key, edit));
    }
    return edit;
}

}  // namespace warder::api
