// SPDX-License-Identifier: MIT
#include "cli/policy_options.hpp"

#include "cli/grants.hpp"
#include "core/network_message.hpp"
#include "core/rate_limit_message.hpp"
#include "core/try.hpp"

#include <utility>

namespace warder::cli {
namespace {

CLI::Option* add_networks(CLI::App& command, std::vector<std::string>& target, std::string const& help) {
    return command.add_option("--allow-from", target, help)->type_name("NETWORK")->allow_extra_args(false);
}

/// Returns null if there are none.
std::expected<Networks, CommandError> read_networks(std::vector<std::string> const& texts) {
    if (texts.empty()) return Networks{};
    auto networks = NetworkList::parse(texts);
    if (networks) return std::move(*networks);
    return failure(core::message(networks.error(), texts, quote), "bad_network");
}

std::expected<std::optional<RateLimit>, CommandError> read_rate(std::optional<std::string> const& text) {
    if (!text) return std::nullopt;
    auto const limit = RateLimit::parse(*text);
    if (!limit) return failure(core::invalid_rate_limit(quote(*text)), "bad_rate");
    return limit;
}

std::vector<std::string> grants_of(Grants const& grants) {
    if (grants == nullptr) return {"full access (everything its user may do)"};
    std::vector<std::string> texts;
    for (auto const& grant : grants->grants()) texts.emplace_back(grant.text());
    return texts;
}

std::vector<std::string> networks_of(NetworkList const& list) {
    std::vector<std::string> texts;
    for (auto const& network : list.networks()) texts.push_back(network_text(network));
    return texts;
}

}  // namespace

void NewPolicyOptions::declare(CLI::App& command) {
    add_endpoints(command, endpoints, "grant, e.g. \"GET /v1alpha/wallets/*/psbt\"; may be repeated (default: everything that the user may do)");
    command.add_option("--preset", presets, "preset whose grants to add; may be repeated")->type_name("NAME")->allow_extra_args(false);
    add_networks(command, allowed_from,
                 "address or network that clients may use the token from, e.g. 10.0.0.0/8; may be repeated (default: anywhere)");
    add_text(command, "--rate RATE", rate, "how many requests may be made with the token on each node, e.g. 100/minute (default: any number)");
}

std::expected<TokenPolicy, CommandError> NewPolicyOptions::read(authority::Presets const* known_presets) const {
    TokenPolicy policy;
    WARDER_TRY(policy.endpoints, read_grants(endpoints, presets, known_presets));
    WARDER_TRY(policy.allowed_from, read_networks(allowed_from));
    WARDER_TRY(policy.rate_limit, read_rate(rate));
    return policy;
}

void PolicyEditOptions::declare(CLI::App& command) {
    auto* const endpoint = add_endpoints(command, endpoints, "new grant, which replaces all grants of the token; may be repeated");
    command.add_flag("--unlimited", lifts_limit, "remove the token's grants, so that it may do everything that its user may")->excludes(endpoint);
    auto* const allow_from = add_networks(command, allowed_from,
                                          "new address or network that clients may use the token from, which replaces all of them; may be repeated");
    command.add_flag("--anywhere", allows_anywhere, "remove these addresses, so that the token may be used from anywhere")->excludes(allow_from);
    auto* const new_rate = add_text(command, "--rate RATE", rate, "new limit of requests with the token, e.g. 100/minute");
    command.add_flag("--no-rate", lifts_rate, "remove this limit")->excludes(new_rate);
    auto* const disable = command.add_flag("--disable", disables, "pause the token: it is not accepted until it is enabled");
    command.add_flag("--enable", enables, "accept the token again")->excludes(disable);
}

std::expected<PolicyEdit, CommandError> PolicyEditOptions::read() const {
    PolicyEdit edit;
    if (lifts_limit || !endpoints.empty()) {
        WARDER_TRY(edit.endpoints, read_grants(endpoints));
    }
    if (allows_anywhere || !allowed_from.empty()) {
        WARDER_TRY(edit.allowed_from, read_networks(allowed_from));
    }
    if (lifts_rate || rate) {
        WARDER_TRY(edit.rate_limit, read_rate(rate));
    }
    if (enables || disables) edit.is_enabled = enables;
    return edit;
}

void add_policy(Table& table, TokenPolicy const& policy) {
    table.add_property("Access", grants_of(policy.endpoints));
    if (policy.allowed_from != nullptr) table.add_property("Allowed from", networks_of(*policy.allowed_from));
    if (policy.rate_limit) table.add_property("Rate limit", {policy.rate_limit->text()});
}

}  // namespace warder::cli
